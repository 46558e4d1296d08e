import type { GlobalState } from "../global-state.ts";
import type { StripeEvent } from "./event.ts";
import { isRemembered } from "./memory.ts";

/**
 * So often in a row a stream may fail before what is pushed does not wait for it any more: one bad object, or a permission
 * that was taken away, is not to hold up the events of all others.
 */
const MAX_FAILURES = 5;

/**
 * Where a pushed event is from how far the events were read: `ahead` of it, so that they will tell of it; `shown` by
 * them; or `missed`, for its second was read before it was visible, and perhaps nothing else ever tells of it.
 */
export type Standing = "ahead" | "shown" | "missed";

/** Tells where a pushed event is from how far the events were read. */
export function standingOf(event: StripeEvent, state: GlobalState | undefined): Standing {
  if (state === undefined || event.created >= state.cursor) return "ahead";
  return isRemembered(event, state) ? "shown" : "missed";
}

/** Whether a pushed event waits for another poll, is done with, or is so once its failing streams are to be listed in full. */
export type Fate = "wait" | "done" | "relist";

type Facts = {
  standing: Standing;
  /** Whether its object was fetched for those of its streams that did not fail. */
  wasFetched: boolean;
  /** How often in a row each of its streams failed that is failing. */
  failures: readonly number[];
};

/**
 * Tells what becomes of a pushed event behind a poll. Its streams' records have it when it is done with, or else a state
 * has what leads to it: a failing stream stands before all that was shown since, and what was missed is found by a
 * listing.
 */
export function fateOf({ standing, wasFetched, failures }: Facts): Fate {
  if (failures.some((count) => count < MAX_FAILURES)) return "wait";
  if (failures.length > 0) return standing === "missed" ? "relist" : "done";
  return standing === "shown" || (standing === "missed" && wasFetched) ? "done" : "wait";
}
