import type { Dataset } from "./dataset.ts";
import { EVENT_RETENTION_S, eventObject, thinEventObject } from "./event-object.ts";
import { type Change, eventTypesOf } from "./event-types.ts";
import type { Seed } from "./seed.ts";
import type { StreamPlan } from "./stream-plan.ts";
import { relatedObject, thinTypesOf } from "./thin-event.ts";

/** An object that the account came by within the time for which events are kept. */
type Recent = { plan: StreamPlan; seed: Seed; change: Change; id: string };

/**
 * Yields the events of the last thirty days, oldest first: those of each object that the account came by in that time
 * and whose kind has an event for it. The API keeps events no longer than that.
 */
export function creationEventSeeds(dataset: Dataset): Seed[] {
  const { events: known, api_version: apiVersion } = dataset.catalog;
  const events: Seed[] = [];
  for (const { plan, seed, change, id } of recentObjects(dataset, new Set(known.map(({ object }) => object)))) {
    const [type] = eventTypesOf(plan.object, known, change);
    if (type === undefined) continue;
    const { created } = seed;
    events.push({ id, created, make: () => eventObject({ id, type, created, apiVersion, object: seed.make() }) });
  }
  return events.sort(byTime);
}

/** Yields the thin events of the same objects, and of those of version 2, oldest first. */
export function creationThinEventSeeds(dataset: Dataset): Seed[] {
  const { catalog } = dataset;
  const known = new Set(catalog.thin_events.map(({ object }) => object ?? ""));
  const events: Seed[] = [];
  for (const { plan, seed, change, id: snapshotId } of recentObjects(dataset, known)) {
    const [type] = eventTypesOf(plan.object, catalog.events, change);
    const snapshots = type === undefined ? [] : [{ type, id: snapshotId }];
    const [thin] = thinTypesOf(plan, catalog, { change, snapshots });
    if (thin === undefined) continue;
    const id = `${snapshotId}thin`;
    const { created } = seed;
    const related = relatedObject(plan, change.object, seed.parent);
    events.push({ id, created, make: () => thinEventObject({ id, created, related, ...thin }) });
  }
  return events.sort(byTime);
}

function* recentObjects(dataset: Dataset, kinds: ReadonlySet<string>): Generator<Recent> {
  const { world } = dataset;
  const since = world.now - EVENT_RETENTION_S;
  for (const plan of dataset.plans) {
    if (plan.parent !== undefined || plan.tellsNothing || !kinds.has(plan.object)) continue;
    for (let at = world.count(plan.name) - 1; at >= 0 && world.created(plan.name, at) > since; at -= 1) {
      const seed = dataset.seed(plan.name, at);
      const id = `evt_${world.id(`events/${plan.name}`, at)}`;
      yield { plan, seed, change: { kind: "create", object: seed.make() }, id };
    }
  }
}

function byTime(left: Seed, right: Seed): number {
  return left.created - right.created || (left.id < right.id ? -1 : 1);
}
