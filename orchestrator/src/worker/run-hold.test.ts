import { expect, test } from "vitest";
import { ACTOR, newPipeline, newStore } from "../fixtures/store.ts";
import { RunHold } from "./run-hold.ts";

const WAIT = { timeout: 12_000, interval: 100 };

test("a hold is renewed while what the run says cannot be stored, which is stored as soon as it can be", async () => {
  const { store } = await newStore();
  const { pipeline } = await newPipeline(store);
  const run = await store.runs.create({ pipelineId: pipeline.id, options: {}, reason: "manual" }, ACTOR);
  const held = { runId: run.id, worker: "w" };
  await store.heldRuns.start(held);
  const heldUntil = async () => {
    const { rows } = await store.database.pool.query<{ held_until: Date }>("SELECT held_until FROM runs");
    return Number(rows[0]?.held_until);
  };
  await using hold = new RunHold(store, held);
  const before = await heldUntil();
  const totals = { read: 1, committed: 1, rejected: 0, rows_per_second: 1, bytes_per_second: 1 };
  await store.database.transaction(async (client) => {
    await client.query("LOCK TABLE run_samples IN ACCESS EXCLUSIVE MODE");
    hold.progress({ streams: {}, totals });
    hold.log({ level: "info", side: "runner", message: "Ended." });
    // renewed with the progress, and once more by itself
    await expect.poll(heldUntil, WAIT).toBeGreaterThan(before);
    const withProgress = await heldUntil();
    await expect.poll(heldUntil, WAIT).toBeGreaterThan(withProgress);
  });
  await hold.flush();
  const { items } = await store.runs.logs(run.id, {}, { after: undefined, limit: 10 });
  expect(items.map(({ message }) => message)).toEqual(["Ended."]);
  expect(await store.samples.of(run.id)).toHaveLength(1);
});
