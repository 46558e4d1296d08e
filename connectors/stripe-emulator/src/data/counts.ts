import { childTotal } from "./child-pattern.ts";
import { LINKED_STREAMS } from "./linked-streams.ts";
import { EVENT_STREAMS, type StreamPlan } from "./stream-plan.ts";

const DEFAULT_COUNT = 20;
/** Their objects follow from those of other streams. */
const DERIVED = ["balance_transactions", ...EVENT_STREAMS];

/** Says which number of objects cannot be had, and what to ask for instead. */
export class ObjectCountError extends Error {
  override readonly name = "ObjectCountError";
}

/**
 * Yields how many objects each stream starts with: what is asked for, else `others` or a small default, and none where
 * what they would belong to is absent. Throws ObjectCountError for a stream that cannot be given a number.
 */
export function objectCounts(
  plans: StreamPlan[],
  asked: Readonly<Record<string, number>>,
  others?: number,
): Map<string, number> {
  const topLevel = plans.filter((plan) => plan.parent === undefined && !DERIVED.includes(plan.name));
  refuseUnknown(topLevel, plans, asked);
  const counts = new Map<string, number>();
  for (const name of topLevel.map((plan) => plan.name)) counts.set(name, countOf(name, asked, others));
  for (const { name, parent, pattern, view } of plans) {
    if (parent !== undefined && view === undefined)
      counts.set(name, childTotal(pattern, counts.get(parent.stream) ?? 0));
  }
  return counts;
}

function countOf(stream: string, asked: Readonly<Record<string, number>>, others: number | undefined): number {
  const linked = LINKED_STREAMS[stream];
  const count = asked[stream] ?? others ?? linked?.count ?? DEFAULT_COUNT;
  if (linked?.owner === undefined || count === 0 || countOf(linked.owner, asked, others) > 0) return count;
  if (asked[stream] === undefined) return 0;
  throw new ObjectCountError(
    `${stream} cannot be ${count} while ${linked.owner} is 0; ask for at least one of ${linked.owner}.`,
  );
}

function refuseUnknown(topLevel: StreamPlan[], plans: StreamPlan[], asked: Readonly<Record<string, number>>): void {
  const names = topLevel.filter((plan) => plan.list !== undefined).map((plan) => plan.name);
  for (const [stream, count] of Object.entries(asked)) {
    if (DERIVED.includes(stream)) {
      throw new ObjectCountError(`${stream} follow from the other objects; ask for more of those, as in charges=1000.`);
    }
    const parent = plans.find((plan) => plan.name === stream)?.parent;
    if (parent !== undefined) {
      throw new ObjectCountError(`${stream} belong to ${parent.stream}; ask for more ${parent.stream} instead.`);
    }
    if (!names.includes(stream)) {
      throw new ObjectCountError(`"${stream}" is no stream; the streams are ${names.toSorted().join(", ")}.`);
    }
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new ObjectCountError(`The number of ${stream} must be a whole number from 0 on, not ${count}.`);
    }
  }
}
