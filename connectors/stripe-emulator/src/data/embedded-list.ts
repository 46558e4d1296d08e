import type { StripeObject } from "../stripe-object.ts";
import type { StreamPlan } from "./stream-plan.ts";

/** How many items an object shows of a list of its own; the list's path gives the rest. */
export const EMBEDDED_LIMIT = 10;

/** Yields a list as the API shows it. */
export function listObject(data: StripeObject[], hasMore: boolean, url: string) {
  return { object: "list", data, has_more: hasMore, url };
}

/** Yields where the whole list of a parent's children is. */
export function childListPath(child: StreamPlan, parentId: string): string {
  const path = child.list?.path ?? "";
  const filled = path.replace(/\{\w+\}/, parentId);
  return filled === path && child.parent !== undefined ? `${path}?${child.parent.parameter}=${parentId}` : filled;
}
