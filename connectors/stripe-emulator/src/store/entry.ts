import type { StripeObject } from "../stripe-object.ts";
import type { TextPlace } from "./rendered-text.ts";

/** An object's place in its collection. */
export type Entry = {
  readonly id: string;
  /** Unix seconds. */
  readonly created: number;
  /** Settles the order within a second. */
  readonly order: number;
  readonly parent: string | undefined;
  /** Unix seconds before which no list shows it. */
  readonly visibleFrom: number | undefined;
  make: () => StripeObject;
  /** Grows with each change, so that what was rendered before is known to be old. */
  revision: number;
  /** Whether the list leaves it out; undefined until somebody asks. */
  hidden: boolean | undefined;
  /** Where its text is kept; undefined when it has none, or none of its present state. */
  text: TextPlace | undefined;
};

/** What decides the order of a list. */
export type Position = Pick<Entry, "created" | "order">;

/** Yields whether the left object is the older one. */
export function isBefore(left: Position, right: Position): boolean {
  return left.created < right.created || (left.created === right.created && left.order < right.order);
}

/** Yields where in entries sorted from old to new this one is, or would have to be. */
export function positionOf(entries: readonly Entry[], entry: Position): number {
  return partition(entries, (other) => isBefore(other, entry));
}

/** Yields the first position whose entry was created at or after these unix seconds. */
export function firstFrom(entries: readonly Entry[], created: number): number {
  return partition(entries, (entry) => entry.created < created);
}

function partition(entries: readonly Entry[], isLeft: (entry: Entry) => boolean): number {
  let from = 0;
  let to = entries.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    const entry = entries[middle];
    if (entry !== undefined && isLeft(entry)) from = middle + 1;
    else to = middle;
  }
  return from;
}
