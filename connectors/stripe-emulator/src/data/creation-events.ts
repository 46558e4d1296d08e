import type { Dataset } from "./dataset.ts";
import { eventObject, eventTypeFor } from "./event-object.ts";
import type { Seed } from "./seed.ts";

const RETENTION_S = 30 * 86_400;

/**
 * Yields the events of the last thirty days, oldest first: one for each object that the account came by in that time
 * and whose kind has an event for it. The API keeps events no longer than that.
 */
export function creationEventSeeds(dataset: Dataset): Seed[] {
  const { world, catalog } = dataset;
  const since = world.now - RETENTION_S;
  const events: Seed[] = [];
  for (const { name, object, parent } of dataset.plans) {
    const type = parent === undefined ? eventTypeFor(catalog, object, "create") : undefined;
    if (type === undefined) continue;
    for (let position = world.count(name) - 1; position >= 0 && world.created(name, position) > since; position -= 1) {
      const created = world.created(name, position);
      const id = `evt_${world.id(`events/${name}`, position)}`;
      const make = () =>
        eventObject({
          id,
          type,
          created,
          apiVersion: catalog.api_version,
          object: dataset.seed(name, position).make(),
        });
      events.push({ id, created, make });
    }
  }
  return events.sort((left, right) => left.created - right.created || (left.id < right.id ? -1 : 1));
}
