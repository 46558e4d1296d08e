import { expect, test } from "vitest";
import { RunEstimates } from "./run-estimates.ts";

const EXPECTED = new Map([["a", { rows: 1000, runId: "run_before" }]]);

function progress(read: number) {
  const stream = { status: "running", read, committed: 0, rejected: 0, rows_per_second: 0 };
  return { streams: { a: stream, b: stream } };
}

/** When the stream is to end, in milliseconds from each of these measures, which are a second apart. */
function endings(...reads: number[]) {
  const estimates = new RunEstimates(EXPECTED);
  return reads.map((read, second) => {
    const at = estimates.at(new Date(second * 1000), progress(read));
    // nobody has moved it before
    expect(at["b"]).toBeUndefined();
    expect(at["a"]).toMatchObject({ rows_about: 1000, from_run_id: "run_before" });
    const end = at["a"]?.ends_at_about ?? null;
    return end === null ? null : Date.parse(end) - second * 1000;
  });
}

test("a stream ends when what is left has come at the pace of the last while", () => {
  expect(endings(0, 0, 100, 300, 400)).toEqual([null, null, null, (700 / 300) * 3000, (600 / 400) * 4000]);
  // the pace of long ago is forgotten
  const slow = Array.from({ length: 30 }, () => 0);
  const fast = Array.from({ length: 22 }, (_, second) => second * 10);
  expect(endings(...slow, ...fast).at(-1)).toBe(((1000 - 210) / 10) * 1000);
});

test("a stream that stands still, or has become larger than it was, is not said to end", () => {
  expect(endings(5, 5, 5, 5, 5).at(-1)).toBeNull();
  expect(endings(0, 400, 800, 900, 1000).at(-1)).toBeNull();
  expect(endings(0, 400, 800, 900, 1200).at(-1)).toBeNull();
  // a further attempt counts what those before it have moved, too, unless they were of another process
  expect(endings(900, 0, 0, 0, 0).at(-1)).toBeNull();
});
