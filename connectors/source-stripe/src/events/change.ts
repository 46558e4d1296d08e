import type { Config } from "../config.ts";
import type { Carried } from "../shape/shape.ts";

/** An event of one object, as a stream sees it. */
export type ObjectEvent = {
  /** The event's own id. */
  id: string;
  created: number;
  /** Whether it tells enough to make records of it. */
  isUsable: boolean;
  isDelete: boolean;
  /** Whether it became visible after its second was read. */
  isLate: boolean;
  carried: Carried;
};
/** An event that gives records, and the ids of those events of its second for which it does. */
export type ClearEvent = ObjectEvent & { standsFor: readonly string[] };
/** What becomes of the events of one object: those that give records, and whether it is fetched, because of which second. */
export type Outcome = { clear: ClearEvent[]; refetchSecond: number | undefined };

type Hydrate = Config["events"]["hydrate"];

/**
 * Yields what becomes of some events of one object, oldest first. A second with several of them does not tell which was
 * the last, and a late one may be older than what was sent: then the object is fetched, if it can be and ever is to be.
 */
export function outcomeOf(events: readonly ObjectEvent[], hydrate: Hydrate): Outcome {
  const clear: ClearEvent[] = [];
  let refetchSecond: number | undefined;
  for (const [second, group] of Map.groupBy(events, ({ created }) => created)) {
    const last = group.at(-1);
    if (last === undefined) continue;
    const isClear = group.length === 1 && !last.isLate && (last.isDelete || (last.isUsable && hydrate !== "always"));
    const canBeFetched = hydrate !== "never" && last.carried.about !== "stray_item";
    if (isClear || !canBeFetched) clear.push(standingFor(group, last));
    else refetchSecond = second;
  }
  return { clear, refetchSecond };
}

/** Yields the last event of a second, with what the others of it told to have been there before. */
function standingFor(group: readonly ObjectEvent[], last: ObjectEvent): ClearEvent {
  const formerIds = group.flatMap(({ carried }) => carried.formerIds);
  const hadMore = group.some(({ carried }) => carried.hadMore);
  return { ...last, carried: { ...last.carried, formerIds, hadMore }, standsFor: group.map(({ id }) => id) };
}
