import { expect, test } from "vitest";
import { storedShare, storedWords, streamFigures, totalsOf, type StreamFigures } from "./run-figures.ts";

const NOW_MS = Date.parse("2026-01-01T00:00:00Z");
const STREAM: StreamFigures = {
  name: "s",
  status: "running",
  reason: undefined,
  read: 200,
  stored: 100,
  rejected: 0,
  rowsPerSecond: 0,
  rangesDone: undefined,
  estimate: undefined,
};

function estimated(rows: number, endsInMs: number | null): StreamFigures {
  const endsAt = endsInMs === null ? null : new Date(NOW_MS + endsInMs).toISOString();
  return { ...STREAM, estimate: { rows_about: rows, from_run_id: "run_1", ends_at_about: endsAt } };
}

test("how far a stream is, is told of what was read, or as a guess of all of it", () => {
  expect([storedWords(STREAM, NOW_MS), storedShare(STREAM)]).toEqual(["100 of 200", 0.5]);
  const guessed = estimated(1000, 61_000);
  expect([storedWords(guessed, NOW_MS), storedShare(guessed)]).toEqual(["100 of about 1,000, about 2 min", 0.1]);
  expect(storedWords(estimated(1000, null), NOW_MS)).toBe("100 of about 1,000");
  expect(storedWords(estimated(1000, -5000), NOW_MS)).toMatch(/, about 1 min$/);
});

test("a bar is full only when all that was read is stored", () => {
  expect(storedShare(estimated(50, null))).toBe(0.5);
  expect(storedShare({ ...STREAM, read: 0, stored: 0 })).toBe(0);
  expect(storedShare({ ...STREAM, read: 0, stored: 0, status: "complete" })).toBe(1);
});

test("what was rejected is not stored, while a run goes on and when it has ended", () => {
  const streams = { s: { status: "complete", read: 1000, committed: 1000, rejected: 400, rows_per_second: 0 } };
  const live = { ended_at: null, progress: { streams }, summary: null, estimates: null };
  const ended = { ...live, ended_at: "2026-01-01T00:00:00Z", summary: { streams } };
  for (const run of [live, ended])
    expect(totalsOf(streamFigures(run))).toEqual({ read: 1000, stored: 600, rejected: 400 });
});
