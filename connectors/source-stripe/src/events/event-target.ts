import type { EventType } from "@sluice/stripe-catalog";
import type { Carried } from "../shape/shape.ts";
import type { StreamRun } from "../stream-run.ts";
import type { GlobalState } from "../global-state.ts";
import { placeOf } from "../global-state.ts";
import type { StripeEvent } from "./event.ts";
import { isRemembered } from "./memory.ts";

type Known = {
  globalState: GlobalState | undefined;
  lookbackSeconds: number;
  /** All of the API's. */
  eventTypes: readonly EventType[];
};

/** A stream that follows events, and which of them are its own. */
export class EventTarget {
  readonly run: StreamRun;
  /** The second from which events are looked at. */
  readonly from: number;
  /** Every visible event before this second was in the records of an earlier read, or in the lists. */
  readonly place: number;
  readonly #kinds: ReadonlyMap<string, EventType["kind"]>;
  readonly #seen: (event: StripeEvent) => boolean;
  #isLeft = false;

  constructor(run: StreamRun, { globalState, lookbackSeconds, eventTypes }: Known) {
    this.run = run;
    const known = placeOf(run.name, globalState);
    const isAtCursor = globalState?.at_cursor.includes(run.name) === true;
    this.place = Math.max(run.eventsFrom, known ?? 0);
    // what was listed since is newer than any event before
    this.from = Math.max(run.eventsFrom, this.place - lookbackSeconds, isAtCursor ? globalState.seen_since : 0);
    this.#seen = (event) => isAtCursor && isRemembered(event, globalState);
    const own = new Set(run.plan.stream.events);
    this.#kinds = new Map(eventTypes.filter(({ type }) => own.has(type)).map(({ type, kind }) => [type, kind]));
  }

  /** Whether no more events are read for the stream: it has ended, or was left behind. */
  get isOver(): boolean {
    return this.#isLeft || this.run.hasEnded;
  }

  /** Leaves the stream behind, until its events are read the next time. */
  leave(): void {
    this.#isLeft = true;
  }

  get types(): Iterable<string> {
    return this.#kinds.keys();
  }

  /** Tells whether an event is one of this stream's that no earlier read has sent. */
  wants(event: StripeEvent): boolean {
    return this.#kinds.has(event.type) && event.created >= this.from && !this.#seen(event);
  }

  /** Tells whether a pushed event is one of this stream's that no poll and no list has shown, as far as is known. */
  wantsPushed(event: StripeEvent): boolean {
    return this.#kinds.has(event.type) && event.created >= this.run.eventsFrom && !this.#seen(event);
  }

  /** Tells whether an event became visible after its second was read. */
  isLate(event: StripeEvent): boolean {
    return event.created < this.place;
  }

  /** Tells whether an event says that what it carries is gone. */
  isDelete({ type }: StripeEvent, { about }: Carried): boolean {
    // of a nested list an event of an item says only that its parent is to be looked at
    return this.#kinds.get(type) === "delete" && about !== "item";
  }
}
