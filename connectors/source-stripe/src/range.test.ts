import fc from "fast-check";
import { expect, test } from "vitest";
import { splitRange, wholeRange, withoutCursor, type Range } from "./range.ts";

const seconds = fc.integer({ min: 0, max: 50 });
const ranges: fc.Arbitrary<Range> = fc
  .record({
    gte: fc.option(seconds),
    lt: fc.option(seconds),
    cursor: fc.option(fc.constant("ch_1")),
    cursor_created: seconds,
    pass: fc.nat(2),
  })
  .filter(({ gte, lt, cursor_created: created }) => (gte ?? 0) <= created && created < (lt ?? 51))
  .map((range) => ({ ...range, cursor_created: range.cursor === null ? null : range.cursor_created }));

/** Whether an object of a second may still be in a range; of the cursor's own second some are. */
function holds({ gte, lt, cursor_created: cursor }: Range, second: number): boolean {
  return second >= (gte ?? 0) && second < (lt ?? 51) && second <= (cursor ?? 51);
}

const all = Array.from({ length: 51 }, (_, second) => second);

test("the two parts of a range hold what it held, each second once", () => {
  fc.assert(
    fc.property(ranges, seconds, (range, at) => {
      const parts = splitRange(range, at);
      fc.pre(parts !== undefined);
      for (const second of all) {
        const times = [parts.newer, parts.older].filter((part) => holds(part, second)).length;
        expect(times).toBe(holds(range, second) ? 1 : 0);
      }
      expect(parts.newer).toMatchObject({ cursor: range.cursor, cursor_created: range.cursor_created });
    }),
  );
});

test("a range that goes on by time holds the cursor's second again, and nothing newer", () => {
  fc.assert(
    fc.property(ranges, (range) => {
      const rest = withoutCursor(range);
      expect(rest.cursor).toBeNull();
      for (const second of all) expect(holds(rest, second)).toBe(holds(range, second));
    }),
  );
});

test("a range is not cut where a part would hold nothing", () => {
  expect(splitRange(wholeRange(10, 20), 10)).toBeUndefined();
  expect(splitRange(wholeRange(10, 20), 20)).toBeUndefined();
  expect(splitRange({ gte: 10, lt: 20, cursor: "ch_1", cursor_created: 15, pass: 0 }, 15)).toBeUndefined();
  expect(splitRange(wholeRange(null, null), 15)).toBeUndefined();
});
