import type { StripeStream } from "@sluice/stripe-catalog";
import { StripeApiError } from "./api-error.ts";
import type { Slots } from "./slots.ts";
import type { StripeClient } from "./stripe-client.ts";

/** Whether a stream can be read, as Stripe answers to a request for one object of it. */
export type Access = { status: "granted" | "denied" | "unavailable"; message?: string };

const NOTHING = Buffer.alloc(0);
const FRAMING = { head: () => NOTHING, tail: NOTHING, createdField: null };

/** Resolves to what the key may do with each stream, by name; asks each list once. Throws what concerns all. */
export async function probeAccess(
  streams: readonly StripeStream[],
  { client, slots }: { client: StripeClient; slots: Slots },
): Promise<Map<string, Access>> {
  const lists = streams.filter(({ parent }) => parent === null);
  const asked = lists.map(async (stream) => {
    return [stream.name, await slots.run(() => accessTo(client, stream))] as const;
  });
  const found = new Map(await Promise.all(asked));
  const granted: Access = { status: "granted" };
  // a nested list is read from the list of what it is nested in
  return new Map(streams.map(({ name, parent }) => [name, found.get(parent?.stream ?? name) ?? granted]));
}

async function accessTo(client: StripeClient, { path, paged, list_params: query }: StripeStream): Promise<Access> {
  try {
    await client.list({ path, query: paged ? { ...query, limit: 1 } : query, framing: FRAMING });
    return { status: "granted" };
  } catch (error) {
    const isOfStream = error instanceof StripeApiError && !["fatal", "leave_account", "retry"].includes(error.reaction);
    if (!isOfStream) throw error;
    return { status: error.reaction === "denied" ? "denied" : "unavailable", message: error.message };
  }
}
