import type { Dataset } from "./dataset.ts";
import { EVENT_RETENTION_S, eventObject } from "./event-object.ts";
import { eventTypesOf } from "./event-types.ts";
import type { Seed } from "./seed.ts";

/**
 * Yields the events of the last thirty days, oldest first: those of each object that the account came by in that time
 * and whose kind has an event for it. The API keeps events no longer than that.
 */
export function creationEventSeeds(dataset: Dataset): Seed[] {
  const { world, catalog } = dataset;
  const since = world.now - EVENT_RETENTION_S;
  const events: Seed[] = [];
  for (const plan of dataset.plans) {
    if (plan.parent !== undefined || plan.tellsNothing) continue;
    if (!catalog.events.some((event) => event.object === plan.object)) continue;
    for (let at = world.count(plan.name) - 1; at >= 0 && world.created(plan.name, at) > since; at -= 1) {
      const seed = dataset.seed(plan.name, at);
      const [type] = eventTypesOf(plan.object, catalog.events, { kind: "create", object: seed.make() });
      if (type === undefined) continue;
      const { created } = seed;
      const id = `evt_${world.id(`events/${plan.name}`, at)}`;
      const facts = { id, type, created, apiVersion: catalog.api_version };
      events.push({ id, created, make: () => eventObject({ ...facts, object: seed.make() }) });
    }
  }
  return events.sort((left, right) => left.created - right.created || (left.id < right.id ? -1 : 1));
}
