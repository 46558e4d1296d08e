import { expect, test } from "vitest";
import { ACTOR, newPipeline, newStore } from "../fixtures/store.ts";
import { retentionDays, sweep } from "./retention.ts";

test("old logs go before old runs, and of each pipeline the newest runs and those that go on stay", async () => {
  const { store } = await newStore();
  const { pipeline } = await newPipeline(store);
  const { pool } = store.database;
  for (let count = 0; count < 30; count += 1) {
    const { id } = await store.runs.create({ pipelineId: pipeline.id, options: {}, reason: "manual" }, ACTOR);
    await pool.query("INSERT INTO run_logs VALUES ($1, 1, now(), 'info', 'runner', NULL, 'x')", [id]);
    await pool.query("INSERT INTO run_recordings VALUES ($1, 1, 0, '', false)", [id]);
  }
  const age = (numbers: string, days: number) =>
    pool.query(`UPDATE runs SET status = 'stopped', ended_at = now() - make_interval(days => $1) WHERE ${numbers}`, [
      days,
    ]);
  await age("number <= 25", 40);
  await age("number <= 7 AND number <> 5", 400);
  await pool.query("UPDATE runs SET status = 'queued', ended_at = NULL WHERE number = 3");
  // of a run that goes on
  await pool.query(
    `INSERT INTO dead_letters (run_id, number, stream, reason, rejected_at)
     SELECT id, days, 's', 'r', now() - days * interval '1 day' FROM runs, (VALUES (29), (31)) AS ages (days) WHERE runs.number = 3`,
  );
  expect(await sweep(store, { runs: 365, logs: 30 })).toEqual({
    logs: 24,
    details: 25,
    runs: 5,
    answers: 0,
    latencies: 0,
  });
  const { items } = await store.runs.list({}, { after: undefined, limit: 100 });
  expect(items.map(({ number }) => number)).toEqual([...Array.from({ length: 23 }, (_, at) => 30 - at), 5, 3]);
  expect(await sweep(store, { runs: 365, logs: 30 })).toEqual({
    logs: 0,
    details: 0,
    runs: 0,
    answers: 0,
    latencies: 0,
  });
});

test("how long things are kept is told by the environment, and nonsense is refused", () => {
  expect(retentionDays({})).toEqual({ runs: 365, logs: 30 });
  expect(retentionDays({ SLUICE_KEEP_LOGS_DAYS: "7" })).toEqual({ runs: 365, logs: 7 });
  for (const text of ["0", "-1", "soon", "1.5"])
    expect(() => retentionDays({ SLUICE_KEEP_RUNS_DAYS: text })).toThrow("must be a number of days");
});
