import type { Catalog } from "@sluice/stripe-catalog";
import type { StripeObject } from "../stripe-object.ts";
import { type Change, eventTypesOf } from "./event-types.ts";
import type { StreamPlan } from "./stream-plan.ts";

/** Yields the thin events that tell of a change: the twins of its snapshot events, or those of version 2's own objects. */
export function thinTypesOf(
  plan: StreamPlan,
  { thin_events }: Catalog,
  { change, snapshots }: { change: Change; snapshots: readonly { type: string; id: string }[] },
): { type: string; snapshotEvent: string | undefined }[] {
  if (plan.object.startsWith("v2."))
    return eventTypesOf(plan.object, thin_events, change).map((type) => ({ type, snapshotEvent: undefined }));
  const known = new Set(thin_events.map(({ type }) => type));
  return snapshots
    .filter(({ type }) => known.has(`v1.${type}`))
    .map(({ type, id }) => ({ type: `v1.${type}`, snapshotEvent: id }));
}

/** Yields the reference by which a thin event leads to an object; undefined where it cannot be retrieved. */
export function relatedObject(plan: StreamPlan, object: StripeObject, parent: string | undefined) {
  const path = plan.list?.retrieve_path ?? null;
  if (path === null) return undefined;
  const ids = plan.list?.path_params.length === 0 ? [object.id] : [parent ?? "", object.id];
  const url = ids.reduce((filled, id) => filled.replace(/\{\w+\}/, id), path);
  return { id: object.id, type: object.object, url };
}
