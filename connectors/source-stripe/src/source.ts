import type { Stream } from "@sluice/protocol";
import type { CheckResult, Source } from "@sluice/protocol/stdio";
import type { StripeStream } from "@sluice/stripe-catalog";
import { probeAccess, type Access } from "./access.ts";
import { ownerOf } from "./account.ts";
import { Config } from "./config.ts";
import { setUpEndpoint, tearDownEndpoint } from "./live/endpoint.ts";
import { read } from "./read.ts";
import { Slots } from "./slots.ts";
import { offerOf } from "./streams.ts";
import { StripeClient } from "./stripe-client.ts";

/** Reads every list of a Stripe account and follows its events; see docs/connectors/source-stripe.md. */
export const source: Source<Config> = {
  name: "source-stripe",
  version: "0.1.0",
  description: "Reads everything a Stripe account can list.",
  capabilities: {
    incremental: true,
    live: true,
    inputs: true,
    time_range: true,
    resumable_full_refresh: true,
    versions: true,
  },
  config: Config,
  check,
  discover,
  streams: async (config) => (await offerOf(config)).streams.map((stream) => describe(stream)),
  setup: (config, options) => setUpEndpoint(config, options),
  teardown: (config, options) => tearDownEndpoint(config, options),
  read: (config, context) => read(config, context),
};

async function check(config: Config): Promise<CheckResult> {
  const { streams } = await offerOf(config);
  return withClient(config, async (client) => {
    const { mayReadEvents } = await client.connect();
    const { account, mode } = await ownerOf(client, config.api_key);
    const access = await probeAccess(streams, { client, slots: new Slots(config.concurrency) });
    const granted = [...access.values()].filter(({ status }) => status === "granted").length;
    const events = mayReadEvents ? "" : " It may not read events, so changes and deletes show only in full listings.";
    return {
      message: `Stripe accepted the key of ${account ?? "the account"} in ${mode} mode; it can read ${granted} of ${access.size} streams in version ${config.api_version}.${events}`,
      streams: [...access].map(([stream, found]) => ({ stream, ...found })),
    };
  });
}

async function discover(config: Config): Promise<Stream[]> {
  const { streams } = await offerOf(config);
  return withClient(config, async (client) => {
    await client.connect();
    const access = await probeAccess(streams, { client, slots: new Slots(config.concurrency) });
    return streams.map((stream) => describe(stream, access.get(stream.name)));
  });
}

async function withClient<T>(config: Config, work: (client: StripeClient) => Promise<T>): Promise<T> {
  const client = new StripeClient(config, { signal: new AbortController().signal });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

function describe(stream: StripeStream, access?: Access): Stream {
  return {
    name: stream.name,
    json_schema: { ...stream.json_schema },
    primary_key: stream.primary_key,
    ...(stream.parent === null ? {} : { parent: stream.parent.stream }),
    ...(stream.created_field === null ? {} : { cursor_field: stream.created_field }),
    supports: { incremental: true, time_range: stream.created_field !== null, deletes: stream.deletable !== "never" },
    metadata: { path: stream.path, object: stream.object, ...(access === undefined ? {} : { access }) },
  };
}
