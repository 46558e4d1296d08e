import { expect, test } from "vitest";
import { stripDays, stripWords } from "./health-words.ts";

const NONE = { succeeded: 0, partial: 0, stopped: 0, failed: 0 };

test("the strip has thirty days, the last one today, each as bad as its worst run", () => {
  const days = [
    { ...NONE, day: "2026-11-24", succeeded: 5, failed: 1 },
    { ...NONE, day: "2026-11-25", succeeded: 5, partial: 1 },
    { ...NONE, day: "2026-11-26", succeeded: 5 },
  ];
  const strip = stripDays(days, Date.parse("2026-11-26T23:59:00Z"));
  expect(strip).toHaveLength(30);
  expect(strip[0]).toMatchObject({ day: "2026-10-28", tone: "idle", words: expect.stringMatching(/: no runs$/) });
  expect(strip.slice(-3).map(({ tone }) => tone)).toEqual(["bad", "warn", "good"]);
  expect(strip.at(-3)?.words).toMatch(/: 5 succeeded, 1 failed$/);
  expect(stripWords(days)).toBe("17 runs in the last 30 days, 1 failed, 1 partial");
  expect(stripWords([])).toBe("No runs in the last 30 days");
});
