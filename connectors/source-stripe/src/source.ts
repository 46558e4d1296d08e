import { SluiceError, type Stream } from "@sluice/protocol";
import type { CheckResult, ReadContext, Source, SourceOutput } from "@sluice/protocol/stdio";
import { listStreams, type StripeStream } from "@sluice/stripe-catalog";
import { backfill } from "./backfill.ts";
import { Config } from "./config.ts";
import { interleave } from "./interleave.ts";
import { parseState } from "./stream-state.ts";
import { StripeClient } from "./stripe-client.ts";

/** Reads every list of a Stripe account; see docs/connectors/source-stripe.md. */
export const source: Source<Config> = {
  name: "source-stripe",
  version: "0.1.0",
  description: "Reads everything a Stripe account can list.",
  capabilities: { resumable_full_refresh: true, versions: true },
  config: Config,
  check,
  discover: () => Promise.resolve(listStreams().map(describe)),
  read,
};

async function check(config: Config): Promise<CheckResult> {
  const client = new StripeClient(config, { signal: new AbortController().signal });
  try {
    await client.connect();
    return {
      message: `Stripe accepted the key; ${listStreams().length} streams can be asked for in version ${config.api_version}.`,
    };
  } finally {
    await client.close();
  }
}

async function* read(config: Config, { streams, signal }: ReadContext): AsyncGenerator<SourceOutput> {
  const known = new Map(listStreams().map((stream) => [stream.name, stream]));
  const wanted = streams.map(({ stream, state }) => ({
    stream: find(known, stream.name),
    state: parseState(stream.name, state),
  }));
  const client = new StripeClient(config, { signal });
  try {
    await client.connect();
    yield* interleave(
      wanted.map(({ stream, state }) => backfill(client, stream, state)),
      config.concurrency,
    );
  } catch (error) {
    // the first request, cut short
    if (!signal.aborted) throw error;
  } finally {
    await client.close();
  }
}

function find(known: ReadonlyMap<string, StripeStream>, name: string): StripeStream {
  const stream = known.get(name);
  if (stream === undefined)
    throw new SluiceError(
      "config",
      `The stream "${name}" of the catalog does not exist; "source-stripe discover" prints all.`,
    );
  return stream;
}

function describe(stream: StripeStream): Stream {
  return {
    name: stream.name,
    json_schema: { ...stream.json_schema },
    primary_key: stream.primary_key,
    ...(stream.created_field === null ? {} : { cursor_field: stream.created_field }),
    supports: { incremental: false, time_range: false, deletes: false },
    metadata: { path: stream.path, object: stream.object },
  };
}
