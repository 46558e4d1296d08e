import { SluiceError, type Stream } from "@sluice/protocol";
import type { StripeStream } from "@sluice/stripe-catalog";
import { probeAccess, type Access } from "../access.ts";
import { StripeApiError } from "../api-error.ts";
import type { Config } from "../config.ts";
import type { Slots } from "../slots.ts";
import type { StripeClient } from "../stripe-client.ts";
import { accountIds, isOfPlatform, type Platform } from "./account-list.ts";

/** Each list is asked for in so many accounts, and each account for one event up to so many. */
const PROBED = 5;
const OPENED = 100;

type Parts = { client: StripeClient; slots: Slots; config: Config; platform: Platform };
/** What may be read of several accounts. */
export type AccountsAccess = {
  /** How many accounts are to be read, and of how many each list was asked for. */
  count: number;
  probed: number;
  /** By stream: granted where some account grants it, with those that do not in the message. */
  access: Map<string, Access>;
};

/**
 * Resolves to what may be read of the accounts of a configuration, as the first few of them answer. Throws `permission`
 * that names the accounts with which Stripe does not let the key work, and what concerns all.
 */
export async function probeAccounts(streams: readonly StripeStream[], parts: Parts): Promise<AccountsAccess> {
  const { client, slots, config, platform } = parts;
  const ids = await accountIds(client, config, platform);
  await assertOpen(ids.slice(0, OPENED), parts);
  const probed = ids.slice(0, PROBED);
  const [ofPlatform, ofAccounts] = [true, false].map((isOf) =>
    streams.filter((stream) => isOfPlatform(stream, streams) === isOf),
  );
  const answers = probed.map(async (id) => {
    return [id, await probeAccess(ofAccounts ?? [], { client: clientOf(id, parts), slots })] as const;
  });
  const found = await Promise.all(answers);
  const own = await probeAccess(ofPlatform ?? [], { client, slots });
  const over = (ofAccounts ?? []).map(({ name }) => {
    return [name, together(found.map(([id, access]) => [id, access.get(name)] as const))] as const;
  });
  return { count: ids.length, probed: probed.length, access: new Map([...own, ...over]) };
}

/** Yields a stream as it is where several accounts are read: its rows begin with the account's id, a part of their key. */
export function ofSeveralAccounts(stream: Stream): Stream {
  const { properties, required } = stream.json_schema as { properties?: object; required?: string[] };
  const first = { account_id: { type: "string", description: "The account that the object is of." } };
  return {
    ...stream,
    json_schema: {
      ...stream.json_schema,
      properties: { ...first, ...properties },
      required: [...new Set(["account_id", ...(required ?? [])])],
    },
    primary_key: [...new Set(["account_id", ...(stream.primary_key ?? [])])],
  };
}

/** Throws `permission` with every account that the key does not open. */
async function assertOpen(ids: readonly string[], parts: Parts): Promise<void> {
  const answers = await Promise.all(ids.map((id) => parts.slots.run(() => refusalOf(clientOf(id, parts)))));
  const refused = ids.filter((_, at) => answers[at] !== undefined);
  const [first] = answers.filter((answer) => answer !== undefined);
  if (first === undefined) return;
  throw new SluiceError(
    "permission",
    `Of ${ids.length} accounts Stripe does not let the key work with ${refused.length} (${refused.join(", ")}): ${first.message}`,
    { cause: first },
  );
}

async function refusalOf(client: StripeClient): Promise<StripeApiError | undefined> {
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    if (error instanceof StripeApiError && error.reaction === "leave_account") return error;
    throw error;
  }
}

function clientOf(id: string, { client, platform }: Parts): StripeClient {
  return id === platform.account ? client : client.ofAccount(id);
}

/** Yields what the answers of several accounts come to. */
function together(answers: readonly (readonly [account: string, access: Access | undefined])[]): Access {
  const missing = answers.flatMap(([account, access]) =>
    access === undefined || access.status === "granted" ? [] : [{ account, access }],
  );
  const [first] = missing;
  if (first === undefined) return { status: "granted" };
  const accounts = missing.map(({ account }) => account).join(", ");
  const message = `Not of ${accounts}: ${first.access.message ?? first.access.status}`;
  return { status: missing.length < answers.length ? "granted" : first.access.status, message };
}
