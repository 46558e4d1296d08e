import type { StripeStream } from "@sluice/stripe-catalog";
import type { StripeEvent } from "../events/event.ts";
import type { PageItem } from "../object-copier.ts";
import type { Framing, StampedPage, StripeClient } from "../stripe-client.ts";
import type { Span } from "../stream-state.ts";
import type { CarriedObject } from "./carried-object.ts";
import { NestedItems } from "./nested-items.ts";
import type { Rows } from "./record-lines.ts";
import { WholeObjects } from "./whole-objects.ts";

/** What an event says of a stream: the object that it leads to, and whether its records can be made from that alone. */
export type Carried = {
  object: CarriedObject;
  /**
   * What it is about: the object, an item in a list inside it, or an item that does not say whose it is: that stands for
   * the object, and cannot be fetched.
   */
  about: "object" | "item" | "stray_item";
  isUsable: boolean;
  /** Items of a nested list that the object had before. */
  formerIds: readonly string[];
  /** Whether it had more of them than are told. */
  hadMore: boolean;
};

/** Records that events led to; `isUnsure` when more may be gone than they told, which only a full listing shows. */
export type ToldRows = Rows & { isUnsure?: boolean };

/** Why an object is fetched: events of it, the last of which is of that second. */
export type Cause = {
  second: number;
  formerIds: readonly string[];
  hadMore: boolean;
  /** Only an object that was created in this span has records. */
  created: Span;
};

/** How the objects of lists and events become the records of a stream. */
export interface Shape {
  /** The stream whose list is read, and whose objects are fetched. */
  readonly lister: StripeStream;
  /** What each list request asks for besides. */
  readonly listQuery: Readonly<Record<string, string>>;
  readonly framing: Framing;
  /** Resolves to the records of some items of a page. */
  pageRows(page: StampedPage, items: readonly PageItem[]): Promise<Rows>;
  /** Yields what an event says of this stream. Throws MalformedPage for an object without id. */
  carried(event: StripeEvent): Carried;
  /** Yields the records of an object as an event shows it. */
  snapshot(carried: Carried, second: number): ToldRows;
  /** Yields the deletes of an object, as an event tells it is gone. */
  removed(carried: Carried, second: number): ToldRows;
  /** Resolves to the records of an object as it is now, because of an event of that second; deletes when it is gone. */
  refetched(id: string, cause: Cause): Promise<ToldRows>;
}

/** Where objects are fetched, and the account whose id their rows carry; none where there is but one. */
export type ShapeOrigin = { client: StripeClient; account: string | undefined };

/** Yields how a stream's records are made; `streams` are all of the catalog. */
export function shapeOf(stream: StripeStream, streams: readonly StripeStream[], origin: ShapeOrigin): Shape {
  if (stream.parent === null) return new WholeObjects(stream, origin);
  const lister = streams.find(({ name }) => name === stream.parent?.stream);
  if (lister === undefined) throw new RangeError(`The catalog has no stream ${stream.parent.stream}.`);
  return new NestedItems(stream, { ...origin, parent: stream.parent, lister });
}
