import { z } from "zod";

/** A line of a source's file: a thing as it is since `updated`, or that it is gone. */
export const Item = z.looseObject({ id: z.int(), updated: z.int(), deleted: z.literal(true).optional() });
export type Item = z.infer<typeof Item>;

/** The place behind an item, in the order in which all are read: by `updated`, and by `id` where that is equal. */
export const ItemPlace = z.strictObject({ updated: z.int(), id: z.int() });
export type ItemPlace = z.infer<typeof ItemPlace>;

/** Tells which of two places comes first: below 0 the first one. */
export function comparePlaces(one: ItemPlace, other: ItemPlace): number {
  return one.updated - other.updated || one.id - other.id;
}
