import type { Hidden, StripeStream } from "@sluice/stripe-catalog";
import type { Owner } from "../account.ts";

/** Objects that a list hides though they exist and may have come by an event: their absence tells nothing. */
const HIDDEN_YET_THERE: ReadonlySet<Hidden> = new Set(["inline", "custom_type", "closed"]);

/** Tells whether an object that a full listing does not show is gone. */
export function canSweep(stream: StripeStream, lister: StripeStream, { mode }: Owner): boolean {
  if (stream.deletable === "never") return false;
  const hides = [...stream.hides, ...lister.hides];
  if (hides.some((hidden) => HIDDEN_YET_THERE.has(hidden))) return false;
  // there are no test clocks in live mode
  return mode === "live" || !hides.includes("on_test_clock");
}

/** Tells whether an event comes with each new object. */
export function showsCreation({ events, relist }: StripeStream): boolean {
  return events.length > 0 && !relist.includes("no_creation_event");
}
