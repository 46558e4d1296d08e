import { z } from "zod";
import { assertSameOwner, Owner } from "./account.ts";
import { assertOfOneAccount, notOurs } from "./stream-state.ts";

const Seconds = z.int().describe("Unix seconds of the server's clock.");

/** How far the events were read, and for which streams. */
export const GlobalState = z.strictObject({
  format: z.literal(2),
  ...Owner,
  /** Every visible event before this second was read. */
  cursor: Seconds,
  /** Marks of events that were read lately, by their second: what is missing from `seen_since` on became visible late. */
  seen: z.record(z.string().regex(/^\d+$/), z.array(z.string())),
  seen_since: Seconds,
  /** Streams whose records hold every event before the cursor. */
  at_cursor: z.array(z.string()),
  /** Streams that were left behind, because they failed or were not read, and up to where they have come. */
  behind: z.record(z.string(), Seconds),
});
export type GlobalState = Readonly<z.infer<typeof GlobalState>>;

/** Yields the stored global state; throws `config` for one that is not ours or of another account. */
export function parseGlobalState(data: unknown, owner: Owner): GlobalState | undefined {
  if (data === undefined) return undefined;
  const result = GlobalState.safeParse(data);
  if (!result.success) {
    assertOfOneAccount("The global state", data);
    throw notOurs("The global state", "remove it to read the events again from where the streams stand");
  }
  assertSameOwner("The global state", result.data, owner);
  return result.data;
}

/** Yields a state for where no stream follows events, so that nothing is known of any. */
export function emptyState(owner: Owner, second: number): GlobalState {
  return { format: 2, ...owner, cursor: second, seen: {}, seen_since: second, at_cursor: [], behind: {} };
}

/** Yields the second before which a stream has every event, as the global state knows it. */
export function placeOf(stream: string, state: GlobalState | undefined): number | undefined {
  if (state === undefined) return undefined;
  return state.at_cursor.includes(stream) ? state.cursor : state.behind[stream];
}
