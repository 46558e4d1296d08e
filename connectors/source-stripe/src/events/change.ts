import type { Config } from "../config.ts";
import { deleteVersion, eventVersion } from "../versions.ts";
import type { EventObject } from "./event-object.ts";

/** An event of one object. */
export type ObjectEvent = {
  created: number;
  /** Whether its object is of the version and form in which this source reads. */
  isUsable: boolean;
  isDelete: boolean;
  isLate: boolean;
  object: EventObject;
};
/** A record that events give as they are. */
export type Change = { op: "upsert" | "delete"; version: number; object: EventObject };
/** What becomes of the events of one object: records, and whether it is fetched besides, because of which second. */
export type Outcome = { changes: Change[]; refetchSecond: number | undefined };

type Hydrate = Config["events"]["hydrate"];

/**
 * Yields what becomes of some events of one object, oldest first. A second with several of them does not tell which was
 * the last, and a late one may be older than what was sent: then the object is fetched, unless that is never to be.
 */
export function outcomeOf(events: readonly ObjectEvent[], hydrate: Hydrate): Outcome {
  const changes: Change[] = [];
  let refetchSecond: number | undefined;
  for (const [second, group] of Map.groupBy(events, ({ created }) => created)) {
    const last = group.at(-1);
    if (last === undefined) continue;
    const isClear = group.length === 1 && !last.isLate && (last.isDelete || (last.isUsable && hydrate !== "always"));
    if (isClear || hydrate === "never") changes.push(changeOf(last));
    else refetchSecond = second;
  }
  return { changes, refetchSecond };
}

function changeOf({ created, isDelete, object }: ObjectEvent): Change {
  return isDelete
    ? { op: "delete", version: deleteVersion(created), object }
    : { op: "upsert", version: eventVersion(created), object };
}
