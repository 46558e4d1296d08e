import { z } from "zod";

const Seconds = z.int();

/**
 * A part of a list that is still to be read, newest first: what was created from `gte` up to, not including, `lt`, and
 * stands behind `cursor`. Null is no bound. Ranges are never changed, only replaced, so that a state that holds one
 * stays true.
 */
export const Range = z.strictObject({
  gte: Seconds.nullable(),
  lt: Seconds.nullable(),
  /** The last object that was sent, or of version 2 of the API the address of the next page. */
  cursor: z.string().nullable(),
  /** Its time, from which to list again when it is gone. */
  cursor_created: Seconds.nullable(),
  /** Of a list that takes several walks to show everything, which one this is; 0 is the first. */
  pass: z.int().nonnegative(),
});
export type Range = Readonly<z.infer<typeof Range>>;

/** Yields the range of everything created from `gte` up to, not including, `lt`. */
export function wholeRange(gte: number | null, lt: number | null, pass = 0): Range {
  return { gte, lt, cursor: null, cursor_created: null, pass };
}

/** Yields the rest of a range by time, from the cursor's own second on. */
export function withoutCursor(range: Range): Range {
  const lt = range.cursor_created === null ? range.lt : Math.min(range.cursor_created + 1, range.lt ?? Infinity);
  return { ...range, lt, cursor: null, cursor_created: null };
}

/**
 * Yields a range as two, cut before the second `at`: the newer part keeps the cursor. Undefined where one of them would
 * hold nothing, or the cursor's second would be cut off from it.
 */
export function splitRange(range: Range, at: number): { newer: Range; older: Range } | undefined {
  const top = range.cursor_created ?? range.lt;
  if (top === null || at >= top || at <= (range.gte ?? Number.NEGATIVE_INFINITY)) return undefined;
  return { newer: { ...range, gte: at }, older: wholeRange(range.gte, at, range.pass) };
}
