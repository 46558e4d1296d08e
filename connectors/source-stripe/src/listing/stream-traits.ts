import { type EventType, readCatalog, type StripeStream } from "@sluice/stripe-catalog";
import type { Owner } from "../account.ts";

/** Lists that leave out objects which nobody can ask for, so that what is missing from them may well exist. */
const HIDE_OBJECTS: ReadonlySet<string> = new Set(["payment_methods", "prices", "reviews"]);
/** Lists that leave out what belongs to a test clock. */
const HIDE_TEST_CLOCKS: ReadonlySet<string> = new Set(["customers", "quotes", "subscriptions"]);
/** Events that are the first of an object's, though their name does not say so. */
const FIRST_EVENTS: ReadonlySet<string> = new Set(["payment_method.attached", "review.opened"]);
/** Lists that forget what is old, and never change what they hold. */
const HISTORIES: ReadonlySet<string> = new Set(["events"]);

/** Tells whether an object that a full listing does not show is gone. */
export function canSweep({ name, deletable }: StripeStream, { mode }: Owner): boolean {
  if (deletable === "never" || HIDE_OBJECTS.has(name) || HISTORIES.has(name)) return false;
  return mode === "live" || !HIDE_TEST_CLOCKS.has(name);
}

/** Tells whether the list holds what happened lately, so that there is no sense in reading it again. */
export function isHistory({ name }: StripeStream): boolean {
  return HISTORIES.has(name);
}

/** Tells whether each new object is told by an event: of a charge only that it succeeded, failed or is pending. */
export function hasCreationEvent({ events }: StripeStream): boolean {
  const isFirst = ({ type, kind }: EventType) => kind === "create" || FIRST_EVENTS.has(type);
  return readCatalog().events.some((event) => isFirst(event) && events.includes(event.type));
}
