import type { PlannedStream, Summary } from "@sluice/runner";
import { expect, test } from "vitest";
import { ACTOR, newPipeline, newStore, summaryOf } from "../fixtures/store.ts";

const ALL = { sync_mode: "incremental", destination_mode: "merge", extent: "full" } as const;

/** Runs of one pipeline, one after the other. */
async function newRuns() {
  const { store } = await newStore();
  const { pipeline } = await newPipeline(store);
  const expected = (held: { runId: string; worker: string }, plan: Record<string, Omit<PlannedStream, "stream">>) =>
    store.plans.keep(
      held,
      Object.entries(plan).map(([stream, how]) => ({ stream, ...how })),
    );
  const begin = async () => {
    const { id } = await store.runs.create({ pipelineId: pipeline.id, options: {}, reason: "manual" }, ACTOR);
    const held = { runId: id, worker: "w" };
    await store.heldRuns.start(held);
    return held;
  };
  const end = async (
    held: { runId: string; worker: string },
    read: Record<string, number>,
    changes: Partial<Summary> = {},
  ) => {
    const counts = { bytes: 0, committed: 0, written: 0, skipped: 0, deleted: 0, rejected: 0 };
    const streams = Object.fromEntries(
      Object.entries(read).map(([stream, rows]) => [stream, { status: "complete" as const, read: rows, ...counts }]),
    );
    const run = await store.runs.get(held.runId);
    await store.heldRuns.end(held, { ...summaryOf(run), streams, ...changes });
  };
  return { store, begin, end, expected };
}

test("what is expected of a stream is what the last run had that moved all of it in the same way", async () => {
  const { begin, end, expected } = await newRuns();
  const one = await begin();
  expect(await expected(one, { a: ALL, b: ALL, c: ALL, d: { ...ALL, extent: "part" } })).toEqual(new Map());
  await end(one, { a: 1, b: 2, c: 3, d: 4 });
  const two = await begin();
  await expected(two, { a: ALL, b: { ...ALL, extent: "increment" } });
  await end(two, { a: 10, b: 20 });
  // one that failed tells nothing, however much it has moved
  const failed = await begin();
  await expected(failed, { a: ALL });
  await end(failed, { a: 100 }, { status: "failed" });
  const now = await begin();
  const others = { c: { ...ALL, destination_mode: "append" }, d: { ...ALL, extent: "part" }, e: ALL } as const;
  expect(await expected(now, { a: ALL, b: ALL, ...others })).toEqual(
    new Map([
      ["a", { rows: 10, runId: two.runId }],
      ["b", { rows: 2, runId: one.runId }],
    ]),
  );
});

test("a run that another worker goes on with expects nothing, and is no measure for others", async () => {
  const { store, begin, end, expected } = await newRuns();
  const whole = await begin();
  await expected(whole, { a: ALL });
  await end(whole, { a: 10 });
  const cut = await begin();
  await expected(cut, { a: ALL });
  await store.heldRuns.release(cut);
  const next = { ...cut, worker: "another" };
  await store.heldRuns.start(next);
  // of one that is no longer its worker's nothing is kept
  expect(await expected(cut, { a: ALL })).toEqual(new Map());
  expect(await expected(next, { a: ALL })).toEqual(new Map());
  await end(next, { a: 3 });
  expect(await expected(await begin(), { a: ALL })).toEqual(new Map([["a", { rows: 10, runId: whole.runId }]]));
});
