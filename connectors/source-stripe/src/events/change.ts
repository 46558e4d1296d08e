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
/** What becomes of the events of one object: those that give records, and whether it is fetched, because of which second. */
export type Outcome = { clear: ObjectEvent[]; refetchSecond: number | undefined };

type Hydrate = Config["events"]["hydrate"];

/**
 * Yields what becomes of some events of one object, oldest first. A second with several of them does not tell which was
 * the last, and a late one may be older than what was sent: then the object is fetched, unless that is never to be.
 */
export function outcomeOf(events: readonly ObjectEvent[], hydrate: Hydrate): Outcome {
  const clear: ObjectEvent[] = [];
  let refetchSecond: number | undefined;
  for (const [second, group] of Map.groupBy(events, ({ created }) => created)) {
    const last = group.at(-1);
    if (last === undefined) continue;
    const isClear = group.length === 1 && !last.isLate && (last.isDelete || (last.isUsable && hydrate !== "always"));
    if (isClear || hydrate === "never") clear.push(last);
    else refetchSecond = second;
  }
  return { clear, refetchSecond };
}
