import { SluiceError } from "@sluice/protocol";
import type { StripeStream } from "@sluice/stripe-catalog";
import { z } from "zod";
import type { Owner } from "../account.ts";
import type { Config } from "../config.ts";
import { shortList } from "../short-list.ts";
import type { StripeClient } from "../stripe-client.ts";

const PATH = "/v1/accounts";
/** Lists of the platform, which Stripe refuses for the accounts connected to it. */
const PLATFORM_LISTS = [PATH, "/v2/core/accounts"];
const Connected = z.looseObject({ id: z.string() });

/** Whose data a key opens, where several accounts are read: the platform's own id is known then. */
export type Platform = Owner & { account: string };

/** Yields the owner; throws `permission` when its id is not known, which rows of several accounts carry. */
export function platformOf({ account, mode }: Owner): Platform {
  if (account !== null) return { account, mode };
  throw new SluiceError(
    "permission",
    "With account_ids the key must be allowed to read its own account, whose id it needs; give it that permission in the Stripe dashboard.",
  );
}

/**
 * Resolves to the ids of the accounts that are to be read, each once: the named ones, or the platform's own and all that
 * are connected to it. Throws what the client throws.
 */
export async function accountIds(
  client: StripeClient,
  { account_ids: asked = [] }: Config,
  platform: Platform,
): Promise<string[]> {
  if (asked !== "all") return [...new Set(asked)];
  const connected = await shortList(client, PATH, Connected);
  return [...new Set([platform.account, ...connected.map(({ id }) => id)])];
}

/** Tells whether a stream is the platform's alone, whatever accounts are read. */
export function isOfPlatform({ path, parent }: StripeStream, streams: readonly StripeStream[]): boolean {
  const lister = parent === null ? path : (streams.find(({ name }) => name === parent.stream)?.path ?? path);
  return PLATFORM_LISTS.includes(lister);
}
