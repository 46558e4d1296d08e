import { isDeepStrictEqual } from "node:util";
import type { Dataset } from "../data/dataset.ts";
import { type EventFacts, eventObject, thinEventObject } from "../data/event-object.ts";
import { type Change, eventTypesOf } from "../data/event-types.ts";
import type { StreamPlan } from "../data/stream-plan.ts";
import { relatedObject, thinTypesOf } from "../data/thin-event.ts";
import type { ToldEvent } from "../push/told-event.ts";
import type { Settings } from "../settings.ts";
import type { StripeObject } from "../stripe-object.ts";
import type { Collection } from "./collection.ts";

/** What the journal writes with; `collection` yields that of a stream. */
type JournalParts = {
  dataset: Dataset;
  collection: (stream: string) => Collection;
  clock: () => number;
  settings: Settings;
};

/** Writes the events by which the API tells of changes, snapshot and thin ones. */
export class EventJournal {
  readonly #parts: JournalParts;
  readonly #listeners: ((event: ToldEvent) => void)[] = [];
  #written = 0;

  constructor(parts: JournalParts) {
    this.#parts = parts;
  }

  /** Has each further snapshot event told to a listener, once its change is done. */
  listen(listener: (event: ToldEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** Adds each event that the API has for this change of an object of this stream, which belongs to `parent`. */
  tell(plan: StreamPlan, change: Change, parent?: string): void {
    if (plan.tellsNothing) return;
    const { dataset } = this.#parts;
    const { catalog } = dataset;
    const created = this.#parts.clock();
    const previousAttributes = change.kind === "update" ? formerValues(change.before, change.object) : undefined;
    const snapshots = eventTypesOf(plan.object, catalog.events, change).map((type) => ({ type, id: this.#nextId() }));
    for (const { id, type } of snapshots) this.#tell({ id, type, created, object: change.object, previousAttributes });
    const related = relatedObject(plan, change.object, parent);
    for (const thin of thinTypesOf(plan, catalog, { change, snapshots })) {
      this.#add("v2_core_events", thinEventObject({ id: this.#nextId(), created, related, ...thin }), created);
    }
  }

  /** Adds an event that no change of an object raises: of a preview, or of the balance. */
  raise(type: string, object: StripeObject): StripeObject {
    return this.#tell({ id: this.#nextId(), type, created: this.#parts.clock(), object });
  }

  #tell(facts: Omit<EventFacts, "apiVersion">): StripeObject {
    const { dataset, settings } = this.#parts;
    const own = settings.eventApiVersion ?? dataset.catalog.api_version;
    const render = (apiVersion = own) => eventObject({ ...facts, apiVersion });
    const event = render();
    this.#add("events", event, facts.created);
    for (const listener of this.#listeners) listener({ id: facts.id, type: facts.type, render });
    return event;
  }

  #add(stream: string, event: StripeObject, created: number): void {
    const visibleFrom = created + (this.#parts.settings.lateSeconds[stream] ?? 0);
    this.#parts.collection(stream).add({ id: event.id, created, visibleFrom, make: () => event });
  }

  #nextId(): string {
    this.#written += 1;
    return `evt_${this.#parts.dataset.world.id("events/changes", this.#written)}`;
  }
}

type Hash = Record<string, unknown>;

/** Yields what the changed fields held before: a hash key by key, an array as a whole, null for what was not there. */
function formerValues(before: Hash, now: Hash): Hash {
  const former: Hash = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const value = formerValue(before[key], now[key]);
    if (value !== undefined) former[key] = value;
  }
  return former;
}

/** Yields what of a value changed, as it was; undefined where nothing did. */
function formerValue(before: unknown, now: unknown): unknown {
  // most of what an update leaves alone is the same object
  if (before === now) return undefined;
  if (isHash(before) && isHash(now)) {
    const former = formerValues(before, now);
    return Object.keys(former).length === 0 ? undefined : former;
  }
  return isDeepStrictEqual(before, now) ? undefined : (before ?? null);
}

function isHash(value: unknown): value is Hash {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
