import { expect, test } from "vitest";
import { mergedRuns } from "./merged-runs.ts";
import type { Run } from "./run-words.ts";

const page = (next_cursor: string | null, ...numbers: number[]) => ({
  items: numbers.map((number) => ({ id: `run_${number}`, number }) as Run),
  next_cursor,
});
const numbers = (runs: readonly Run[]) => runs.map(({ number }) => number);

test("the newest page counts as far as it goes, and older ones behind it", () => {
  const pages = [page("3", 6, 5, 4, 3), page(null, 2, 1)];
  expect(numbers(mergedRuns(page("6", 7, 6), pages))).toEqual([7, 6, 5, 4, 3, 2, 1]);
  // run 5 is no longer like the filter
  expect(numbers(mergedRuns(page("4", 7, 6, 4), pages))).toEqual([7, 6, 4, 3, 2, 1]);
});

test("a newest page that is all there is leaves nothing of older ones", () => {
  expect(numbers(mergedRuns(page(null, 7), [page("3", 6, 5, 4, 3)]))).toEqual([7]);
  expect(mergedRuns(page(null), [page(null, 1)])).toEqual([]);
});
