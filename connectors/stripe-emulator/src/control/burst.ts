import { z } from "zod";
import { DISTRIBUTIONS, type Distribution, placeOf } from "../data/distribution.ts";
import { Random } from "../data/random.ts";
import { EVENT_STREAMS } from "../data/stream-plan.ts";
import type { Store } from "../store/store.ts";
import { ControlError } from "./control-error.ts";
import { createObject, existing } from "./object-control.ts";

/** Many new objects at once, their `created` laid out over a time. */
export type Burst = {
  object: string;
  count: number;
  /** Unix seconds; `to` is the last second. The present one when absent. */
  from?: number | undefined;
  to?: number | undefined;
  distribution?: Distribution | undefined;
  parent?: string | undefined;
};

/** Many changes of a stream's objects within one second. */
export type Storm = {
  stream: string;
  changes: number;
  /** The objects to change; ten of the newest when absent. */
  ids?: readonly string[] | undefined;
  seed?: number | undefined;
};

const MOST = 1_000_000;
const STORM_OBJECTS = 10;

export const BurstBody = z.strictObject({
  object: z.string().min(1),
  count: z.int().min(1).max(MOST),
  from: z.int().optional(),
  to: z.int().optional(),
  distribution: z.enum(DISTRIBUTIONS).optional(),
  parent: z.string().optional(),
});

export const StormBody = z.strictObject({
  stream: z.string().min(1),
  changes: z.int().min(1).max(MOST),
  ids: z.array(z.string()).min(1).optional(),
  seed: z.int().optional(),
});

/** Adds the objects of a burst, oldest first, and yields their ids. Throws ControlError for a kind that no list shows. */
export function burst(store: Store, { object, count, distribution = "uniform", parent, ...time }: Burst): string[] {
  const from = time.from ?? time.to ?? store.now();
  const to = time.to ?? Math.max(from, store.now());
  if (to < from) throw new ControlError(`A burst cannot end at ${to}, before it begins at ${from}; exchange them.`);
  return Array.from({ length: count }, (_, at) => {
    const created = from + Math.floor(placeOf(distribution, at / count) * (to - from + 1));
    return createObject(store, { object, parent, created }).id;
  });
}

/** Changes objects again and again, each time with an event, and yields the ids that it changed. */
export function storm(store: Store, { stream, changes, ids, seed = 1 }: Storm): string[] {
  const plan = store.dataset.plans.find(({ name, view }) => name === stream && view === undefined);
  if (plan === undefined || EVENT_STREAMS.includes(stream))
    throw new ControlError(`"${stream}" is no stream that can be changed.`);
  const { entries } = store.collection(stream);
  const chosen = ids ?? entries.slice(-STORM_OBJECTS).map(({ id }) => id);
  if (chosen.length === 0) throw new ControlError(`The stream "${stream}" is empty; add an object first.`);
  const random = new Random(seed);
  const changed = new Set<string>();
  for (let change = 1; change <= changes; change += 1) {
    const id = chosen[random.integer(0, chosen.length - 1)] ?? "";
    const found = existing(store, id);
    store.update(found, { metadata: { ...Object(found.entry.make()["metadata"]), storm: `${seed}:${change}` } });
    changed.add(id);
  }
  return [...changed];
}
