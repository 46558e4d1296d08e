import type { Stream } from "@sluice/protocol";
import type { CheckResult, Source } from "@sluice/protocol/stdio";
import { allStreams, type StripeStream } from "@sluice/stripe-catalog";
import { Config } from "./config.ts";
import { read } from "./read.ts";
import { StripeClient } from "./stripe-client.ts";

/** Reads every list of a Stripe account and follows its events; see docs/connectors/source-stripe.md. */
export const source: Source<Config> = {
  name: "source-stripe",
  version: "0.1.0",
  description: "Reads everything a Stripe account can list.",
  capabilities: { incremental: true, time_range: true, resumable_full_refresh: true, versions: true },
  config: Config,
  check,
  discover: () => Promise.resolve(allStreams().map(describe)),
  read: (config, context) => read(config, context),
};

async function check(config: Config): Promise<CheckResult> {
  const client = new StripeClient(config, { signal: new AbortController().signal });
  try {
    await client.connect();
    return {
      message: `Stripe accepted the key; ${allStreams().length} streams can be asked for in version ${config.api_version}.`,
    };
  } finally {
    await client.close();
  }
}

function describe(stream: StripeStream): Stream {
  return {
    name: stream.name,
    json_schema: { ...stream.json_schema },
    primary_key: stream.primary_key,
    ...(stream.parent === null ? {} : { parent: stream.parent.stream }),
    ...(stream.created_field === null ? {} : { cursor_field: stream.created_field }),
    supports: {
      incremental: true,
      time_range: stream.created_field !== null,
      deletes: stream.deletable !== "never",
    },
    metadata: { path: stream.path, object: stream.object },
  };
}
