import type { Stream } from "@sluice/protocol";
import type { CheckResult } from "@sluice/protocol/stdio";
import type { StripeStream } from "@sluice/stripe-catalog";
import { probeAccess, type Access } from "./access.ts";
import { ownerOf } from "./account.ts";
import type { Config } from "./config.ts";
import { Slots } from "./slots.ts";
import { offerOf } from "./streams.ts";
import { StripeClient } from "./stripe-client.ts";

/** Resolves to what the key can read, asked of each list. Throws what concerns all. */
export async function check(config: Config): Promise<CheckResult> {
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

/** Resolves to every stream, with what the key may do with it. */
export async function discover(config: Config): Promise<Stream[]> {
  const { streams } = await offerOf(config);
  return withClient(config, async (client) => {
    await client.connect();
    const access = await probeAccess(streams, { client, slots: new Slots(config.concurrency) });
    return streams.map((stream) => describe(stream, access.get(stream.name)));
  });
}

/** Resolves to every stream of the configured version, without a request to Stripe. */
export async function offered(config: Config): Promise<Stream[]> {
  return (await offerOf(config)).streams.map((stream) => describe(stream));
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
