import { SluiceError, type Stream } from "@sluice/protocol";
import type { CheckResult } from "@sluice/protocol/stdio";
import type { StripeStream } from "@sluice/stripe-catalog";
import { probeAccess, type Access } from "./access.ts";
import { ownerOf } from "./account.ts";
import { platformOf } from "./accounts/account-list.ts";
import { ofSeveralAccounts, probeAccounts, type AccountsAccess } from "./accounts/accounts-inspection.ts";
import type { Config } from "./config.ts";
import { Slots } from "./slots.ts";
import { offerOf } from "./streams.ts";
import { StripeClient } from "./stripe-client.ts";

/** Resolves to what the key can read, asked of each list. Throws `permission` where that is nothing, and what concerns all. */
export async function check(config: Config): Promise<CheckResult> {
  const { streams } = await offerOf(config);
  return withClient(config, async (client) => {
    const { mayReadEvents } = await client.connect();
    const { account, mode } = await ownerOf(client, config.api_key);
    const { access, accounts } = await accessOf(streams, { client, config });
    const granted = [...access.values()].filter(({ status }) => status === "granted").length;
    const [first] = access;
    if (granted === 0 && first !== undefined) throw nothingGranted(access.size, first);
    const events = mayReadEvents ? "" : " It may not read events, so changes and deletes show only in full listings.";
    const of = accounts === undefined ? "" : ` of ${accounts.count} accounts, as ${accounts.probed} of them answer,`;
    return {
      message: `Stripe accepted the key of ${account ?? "the account"} in ${mode} mode; it can read ${granted} of ${access.size} streams${of} in version ${config.api_version}.${events}`,
      streams: [...access].map(([stream, found]) => ({ stream, ...found })),
    };
  });
}

/** Resolves to every stream, with what the key may do with it. */
export async function discover(config: Config): Promise<Stream[]> {
  const { streams } = await offerOf(config);
  return withClient(config, async (client) => {
    await client.connect();
    const { access } = await accessOf(streams, { client, config });
    return streams.map((stream) => describe(config, stream, access.get(stream.name)));
  });
}

/** Resolves to every stream of the configured version, without a request to Stripe. */
export async function offered(config: Config): Promise<Stream[]> {
  return (await offerOf(config)).streams.map((stream) => describe(config, stream));
}

function nothingGranted(count: number, [stream, { message = "" }]: [string, Access]): SluiceError {
  return new SluiceError("permission", `The key can read none of ${count} streams; "${stream}" because: ${message}`);
}

async function withClient<T>(config: Config, work: (client: StripeClient) => Promise<T>): Promise<T> {
  const client = new StripeClient(config, { signal: new AbortController().signal });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** Resolves to what may be read, of the key's own account or of those that the configuration names. */
async function accessOf(
  streams: readonly StripeStream[],
  { client, config }: { client: StripeClient; config: Config },
): Promise<{ access: Map<string, Access>; accounts?: AccountsAccess }> {
  const slots = new Slots(config.concurrency);
  if (config.account_ids === undefined) return { access: await probeAccess(streams, { client, slots }) };
  const platform = platformOf(await ownerOf(client, config.api_key));
  const accounts = await probeAccounts(streams, { client, slots, config, platform });
  return { access: accounts.access, accounts };
}

function describe({ account_ids: accounts }: Config, stream: StripeStream, access?: Access): Stream {
  const described = {
    name: stream.name,
    json_schema: { ...stream.json_schema },
    primary_key: stream.primary_key,
    ...(stream.parent === null ? {} : { parent: stream.parent.stream }),
    ...(stream.created_field === null ? {} : { cursor_field: stream.created_field }),
    supports: { incremental: true, time_range: stream.created_field !== null, deletes: stream.deletable !== "never" },
    metadata: { path: stream.path, object: stream.object, ...(access === undefined ? {} : { access }) },
  };
  return accounts === undefined ? described : ofSeveralAccounts(described);
}
