import { SluiceError } from "@sluice/protocol";
import type { StripeStream } from "@sluice/stripe-catalog";
import { concernsAll, isPassing, leavesStreamOut } from "./api-error.ts";
import type { Slots } from "./slots.ts";
import type { StripeClient } from "./stripe-client.ts";

/** Whether a stream can be read, as Stripe answers to a request for one object of it. */
export type Access = { status: "granted" | "denied" | "unavailable"; message?: string };

const NOTHING = Buffer.alloc(0);
const FRAMING = { head: () => NOTHING, tail: NOTHING, createdField: null };
/** Enough for a list that fails in passing; the other lists wait for it. */
const ATTEMPTS = 3;

/**
 * Resolves to what the key may do with each stream, by name; asks each list once. A list that breaks down is told as
 * unavailable, and the others are told of. Throws what concerns all, as when none of them answers.
 */
export async function probeAccess(
  streams: readonly StripeStream[],
  { client, slots }: { client: StripeClient; slots: Slots },
): Promise<Map<string, Access>> {
  const lists = streams.filter(({ parent }) => parent === null);
  const asked = lists.map(async ({ name, ...list }) => {
    return { name, failure: await slots.run(() => failureOf(client, list)) };
  });
  const answers = await Promise.all(asked);
  const [first] = answers;
  if (first?.failure !== undefined && answers.every(({ failure }) => isPassing(failure))) throw first.failure;
  const found = new Map(answers.map(({ name, failure }) => [name, accessAfter(failure)]));
  // a nested list is read from the list of what it is nested in
  return new Map(
    streams.map(({ name, parent }) => [name, found.get(parent?.stream ?? name) ?? accessAfter(undefined)]),
  );
}

type List = Pick<StripeStream, "path" | "paged" | "list_params">;

/** Resolves to what a list of one object fails with, if it does; throws what concerns all. */
async function failureOf(client: StripeClient, list: List): Promise<SluiceError | undefined> {
  const { path, paged, list_params: query } = list;
  try {
    const one = paged ? { ...query, limit: 1 } : query;
    await client.list({ path, query: one, framing: FRAMING, attempts: ATTEMPTS });
    return undefined;
  } catch (error) {
    if (!(error instanceof SluiceError) || concernsAll(error)) throw error;
    return error;
  }
}

function accessAfter(failure: SluiceError | undefined): Access {
  if (failure === undefined) return { status: "granted" };
  const isDenied = leavesStreamOut(failure) && failure.reaction === "denied";
  return { status: isDenied ? "denied" : "unavailable", message: failure.message };
}
