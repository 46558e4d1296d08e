import { randomBytes } from "node:crypto";
import type { Summary } from "@sluice/runner";
import { expect, test } from "vitest";
import { ACTOR, newPipeline, newStore, summaryOf } from "../fixtures/store.ts";
import { makeDueRuns } from "./due-runs.ts";
import type { ScheduleFields } from "./schedules.ts";
import { Store } from "./store.ts";
import { Keyring } from "../secrets/keyring.ts";

const HOURLY = {
  cron: "0 * * * *",
  time_zone: "UTC",
  every_s: null,
  options: {},
  priority: 5,
} satisfies ScheduleFields;
const HOUR_MS = 3_600_000;

async function newSchedule(fields: ScheduleFields = HOURLY) {
  const { store, url } = await newStore();
  const { pipeline } = await newPipeline(store);
  const schedule = await store.schedules.create(pipeline.id, fields, ACTOR);
  return { store, url, pipeline, schedule };
}

/** Sets when a schedule is due, as if time had passed since it was looked at. */
async function setDue(store: Store, id: string, at: Date): Promise<void> {
  await store.database.pool.query("UPDATE schedules SET next_at = $2 WHERE id = $1", [id, at]);
}

function lastHour(count = 0): Date {
  return new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS - count * HOUR_MS);
}

const FIRST_PAGE = { after: undefined, limit: 100 };

/** Ends what is in the queue: well, or with a failure. */
async function endAll(store: Store, failure?: Summary["failure"]): Promise<void> {
  const { items } = await store.runs.list({ status: "queued" }, FIRST_PAGE);
  for (const run of items) {
    const held = { runId: run.id, worker: "w" };
    await store.heldRuns.start(held);
    await store.heldRuns.end(held, summaryOf(run, failure));
  }
}

const REVOKED = { side: "source", failure_type: "auth", message: "The key is revoked." } as const;

test("an instant makes one run, however many programs look at the schedule at once and however often", async () => {
  const { store, url, pipeline, schedule } = await newSchedule();
  const others = await Promise.all([1, 2, 3].map(() => Store.open(url, new Keyring([randomBytes(32)]))));
  await setDue(store, schedule.id, lastHour());
  const made = await Promise.all([store, ...others].map((each) => makeDueRuns(each.database)));
  expect(made.flat()).toHaveLength(1);
  await endAll(store);
  // the clock is set back, or a copy of the database is brought back
  await setDue(store, schedule.id, lastHour());
  expect(await makeDueRuns(store.database)).toEqual([]);
  const { items: runs } = await store.runs.list({ pipelineId: pipeline.id }, FIRST_PAGE);
  expect(runs).toMatchObject([
    { reason: "schedule", scheduled_at: lastHour(), schedule_id: schedule.id, priority: 5, status: "succeeded" },
  ]);
  expect((await store.schedules.get(schedule.id)).next_runs[0]).toEqual(lastHour(-1));
  for (const each of others) await each[Symbol.asyncDispose]();
});

test("schedules that name the same instant make one run of it for each of their options, by priority", async () => {
  const { store, pipeline, schedule } = await newSchedule();
  const all = [schedule, await store.schedules.create(pipeline.id, HOURLY, ACTOR)];
  const weekly = { ...HOURLY, cron: "0 * * * 0-6", options: { full_refresh: true as const }, priority: 2 };
  all.push(await store.schedules.create(pipeline.id, weekly, ACTOR));
  // the second time the clock was set back
  for (const options of [[{ full_refresh: true }, {}], []]) {
    for (const { id } of all) await setDue(store, id, lastHour());
    const made = await makeDueRuns(store.database);
    expect(await Promise.all(made.map(async ({ id }) => (await store.runs.get(id)).options))).toEqual(options);
    await endAll(store);
    await endAll(store);
  }
});

test("what was missed is made up for once, at its last instant", async () => {
  const { store, pipeline, schedule } = await newSchedule();
  await setDue(store, schedule.id, lastHour(100));
  expect(await makeDueRuns(store.database)).toHaveLength(1);
  expect(await makeDueRuns(store.database)).toEqual([]);
  const { items: runs } = await store.runs.list({ pipelineId: pipeline.id }, FIRST_PAGE);
  expect(runs[0]?.scheduled_at).toEqual(lastHour());
});

test("nothing begins while a pipeline is paused or its run of before goes on, and the schedule says so", async () => {
  const { store, pipeline, schedule } = await newSchedule();
  const pause = (paused: boolean) =>
    store.pipelines.update(pipeline.id, { version: undefined, fields: { paused } }, ACTOR);
  await pause(true);
  await setDue(store, schedule.id, lastHour());
  expect(await makeDueRuns(store.database)).toEqual([]);
  expect(await store.schedules.get(schedule.id)).toMatchObject({
    skipped_at: lastHour(),
    skipped_because: "The pipeline is paused.",
    next_runs: [],
  });
  await pause(false);
  await setDue(store, schedule.id, lastHour(1));
  const [first] = await makeDueRuns(store.database);
  await setDue(store, schedule.id, lastHour());
  expect(await makeDueRuns(store.database)).toEqual([]);
  expect(await store.schedules.get(schedule.id)).toMatchObject({
    skipped_because: `Its run ${first?.id} of before has not ended.`,
  });
});

test("a schedule rests for longer with each failure, says why, and goes on after a success", async () => {
  const { store, schedule } = await newSchedule({ ...HOURLY, cron: "* * * * * *" });
  const rests: number[] = [];
  for (let failures = 1; failures <= 12; failures += 1) {
    await store.database.pool.query("UPDATE schedules SET next_at = now(), held_back_until = now()");
    expect(await makeDueRuns(store.database)).toHaveLength(1);
    await endAll(store, REVOKED);
    const held = await store.schedules.get(schedule.id);
    expect(held).toMatchObject({ failures, held_back_because: "The key is revoked." });
    rests.push(Number(held.held_back_until) - Date.now());
    expect(Number(held.next_runs[0])).toBeGreaterThanOrEqual(Number(held.held_back_until));
    // one instant of its own for each
    await store.database.pool.query("UPDATE runs SET scheduled_at = scheduled_at - $1 * interval '1 day'", [failures]);
  }
  const minutes = rests.map((ms) => Math.round(ms / 60_000));
  expect(minutes).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]);
  await setDue(store, schedule.id, new Date());
  expect(await makeDueRuns(store.database)).toEqual([]);
  expect(await store.schedules.get(schedule.id)).toMatchObject({
    skipped_because: expect.stringContaining("it rests"),
  });
  await store.runs.create({ pipelineId: schedule.pipeline_id, options: {}, reason: "manual" }, ACTOR);
  await endAll(store);
  expect(await store.schedules.get(schedule.id)).toMatchObject({ failures: 0, held_back_until: null });
  expect(await makeDueRuns(store.database)).toBeDefined();
});

test("an interval keeps its beat, and a change makes a schedule forget what held it back", async () => {
  const every = { cron: null, time_zone: null, every_s: 90, options: {}, priority: 3 } satisfies ScheduleFields;
  const { store, schedule } = await newSchedule(every);
  const beats = schedule.next_runs.map((at) => (Number(at) - Number(schedule.created_at)) / 1000);
  expect(beats).toEqual([90, 180, 270, 360, 450]);
  await store.runs.create({ pipelineId: schedule.pipeline_id, options: {}, reason: "manual" }, ACTOR);
  await endAll(store, REVOKED);
  const change = { version: 1, fields: { ...every, every_s: 60 } };
  expect(await store.schedules.update(schedule.id, change, ACTOR)).toMatchObject({
    version: 2,
    failures: 0,
    every_s: 60,
  });
  await expect(store.schedules.update(schedule.id, change, ACTOR)).rejects.toThrow("was changed meanwhile");
  await expect(store.schedules.create("none", every, ACTOR)).rejects.toMatchObject({ reason: "not_found" });
});

test("200 schedules of the same second make 200 runs, one of each pipeline, with three programs at it", async () => {
  const { store, url, pipeline } = await newSchedule();
  const { source_id, destination_id } = pipeline;
  for (let count = 1; count < 200; count += 1) {
    const fields = { name: `p${count}`, source_id, destination_id, settings: {} };
    await store.schedules.create((await store.pipelines.create(fields, ACTOR)).id, HOURLY, ACTOR);
  }
  await store.database.pool.query("UPDATE schedules SET next_at = $1", [lastHour()]);
  const others = await Promise.all([1, 2].map(() => Store.open(url, new Keyring([randomBytes(32)]))));
  const made = await Promise.all([store, ...others].map((each) => makeDueRuns(each.database)));
  made.push(await makeDueRuns(store.database));
  expect(new Set(made.flat().map(({ id }) => id)).size).toBe(200);
  const { rows } = await store.database.pool.query("SELECT DISTINCT pipeline_id FROM runs WHERE scheduled_at = $1", [
    lastHour(),
  ]);
  expect(rows).toHaveLength(200);
  for (const each of others) await each[Symbol.asyncDispose]();
});
