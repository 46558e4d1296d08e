import { expect, test } from "vitest";
import { durationInWords, relativeInstant } from "./instant-words.ts";

const NOW = Date.parse("2026-11-26T12:00:00Z");

test("a time is told by its largest unit, back or ahead, and by its date when it is far", () => {
  const told = (ms: number) => relativeInstant(NOW + ms, NOW);
  expect([-5_000, -60_000, -3_599_000, -86_400_000].map(told)).toEqual([
    "just now",
    "1 min ago",
    "59 min ago",
    "1 d ago",
  ]);
  expect([5_000, 30_000, 7_200_000].map(told)).toEqual(["just now", "in less than a minute", "in 2 h"]);
  expect(told(-40 * 86_400_000)).toMatch(/2026/);
});

test("a length of time has two units at most", () => {
  const lengths = [-1, 40, 9_940, 59_400, 60_000, 61_000, 3_600_000, 3_660_000, 90_000_000].map(durationInWords);
  expect(lengths).toEqual(["0.0 s", "0.0 s", "9.9 s", "59 s", "1 min", "1 min 1 s", "1 h", "1 h 1 min", "1 d 1 h"]);
});
