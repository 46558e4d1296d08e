import type { Dataset } from "../data/dataset.ts";
import { eventObject } from "../data/event-object.ts";
import { type Change, eventTypesOf } from "../data/event-types.ts";
import type { StreamPlan } from "../data/stream-plan.ts";
import type { Settings } from "../settings.ts";
import type { Collection } from "./collection.ts";

/** What the journal writes with. */
type JournalParts = { dataset: Dataset; events: () => Collection; clock: () => number; settings: Settings };

/** Writes the events by which the API tells of changes. */
export class EventJournal {
  readonly #parts: JournalParts;
  #written = 0;

  constructor(parts: JournalParts) {
    this.#parts = parts;
  }

  /** Adds each event that the API has for this change of an object of this stream. */
  tell(plan: StreamPlan, change: Change): void {
    if (plan.tellsNothing) return;
    const { dataset, settings } = this.#parts;
    const created = this.#parts.clock();
    const apiVersion = settings.eventApiVersion ?? dataset.catalog.api_version;
    const previousAttributes = change.kind === "update" ? formerValues(change) : undefined;
    for (const type of eventTypesOf(plan.object, dataset.catalog.events, change)) {
      const id = `evt_${dataset.world.id("events/changes", this.#written)}`;
      this.#written += 1;
      const event = eventObject({ id, type, created, apiVersion, object: change.object, previousAttributes });
      const visibleFrom = created + (settings.lateSeconds["events"] ?? 0);
      this.#parts.events().add({ id, created, visibleFrom, make: () => event });
    }
  }
}

/** Yields what the changed fields held before; null for those that were not there. */
function formerValues({ object, before }: Extract<Change, { kind: "update" }>): Record<string, unknown> {
  const fields = new Set([...Object.keys(before), ...Object.keys(object)]);
  const changed = [...fields].filter((field) => JSON.stringify(before[field]) !== JSON.stringify(object[field]));
  return Object.fromEntries(changed.map((field) => [field, before[field] ?? null]));
}
