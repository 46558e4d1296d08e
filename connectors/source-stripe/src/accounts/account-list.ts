import { SluiceError } from "@sluice/protocol";
import type { StripeStream } from "@sluice/stripe-catalog";
import { z } from "zod";
import type { Owner } from "../account.ts";
import type { Config } from "../config.ts";
import type { StripeClient } from "../stripe-client.ts";

const PATH = "/v1/accounts";
/** Lists of the platform, which Stripe refuses for the accounts connected to it. */
const PLATFORM_LISTS = [PATH, "/v2/core/accounts"];
const Page = z.object({ data: z.array(z.looseObject({ id: z.string() })), has_more: z.boolean() });

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
  const ids = new Set([platform.account]);
  for (let after: string | undefined = ""; after !== undefined;) {
    const query = { limit: 100, ...(after === "" ? {} : { starting_after: after }) };
    const page = Page.parse(await client.send({ method: "GET", path: PATH, query }));
    for (const { id } of page.data) ids.add(id);
    after = page.has_more ? page.data.at(-1)?.id : undefined;
  }
  return [...ids];
}

/** Tells whether a stream is the platform's alone, whatever accounts are read. */
export function isOfPlatform({ path, parent }: StripeStream, streams: readonly StripeStream[]): boolean {
  const lister = parent === null ? path : (streams.find(({ name }) => name === parent.stream)?.path ?? path);
  return PLATFORM_LISTS.includes(lister);
}
