import { expect, test } from "vitest";
import { committedAt, historyOf, withLine } from "./state-entry.ts";

const state = (stream: string | null, seq: number) => ({
  stream,
  line: JSON.stringify({ type: "state", state: { seq, committed_at: "2026-01-01T00:00:00.000Z" } }),
});

test("only the state of the stream is replaced, and one that was not there is added", () => {
  const states = [state(null, 1), state("a", 2), state("b", 3)];
  expect(withLine(states, "a", "new")).toEqual([states[0]?.line, "new", states[2]?.line]);
  expect(withLine(states, null, "new")).toEqual(["new", states[1]?.line, states[2]?.line]);
  expect(withLine(states, "c", "new")).toEqual([...states.map(({ line }) => line), "new"]);
});

test("the past of a stream is its own, the newest first", () => {
  const past = [state("a", 1), state("b", 2), state("a", 3)];
  expect(historyOf(past, "a")).toEqual([past[2], past[0]]);
  expect(past.map(committedAt)).toEqual(past.map(() => "2026-01-01T00:00:00.000Z"));
});
