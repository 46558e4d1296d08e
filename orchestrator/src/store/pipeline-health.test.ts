import { expect, test } from "vitest";
import { ACTOR, newPipeline, newStore, summaryOf } from "../fixtures/store.ts";
import type { Store } from "./store.ts";

const DAY_MS = 86_400_000;

/** A run that ended so many days ago, by hand of the database, as if time had passed. */
async function endedRun(store: Store, pipelineId: string, end: { status: string; daysAgo: number }) {
  const { id } = await store.runs.create({ pipelineId, options: {}, reason: "manual" }, ACTOR);
  const failure =
    end.status === "failed"
      ? ({ side: "source", failure_type: "auth", message: "The key is not accepted." } as const)
      : null;
  await store.database.pool.query(
    "UPDATE runs SET status = $2, started_at = now(), ended_at = now() - $3 * interval '1 day', summary = $4 WHERE id = $1",
    [id, end.status, end.daysAgo, summaryOf({ id, pipeline_id: pipelineId }, failure)],
  );
  return id;
}

const PAGE = { after: undefined, limit: 50 };

test("a pipeline is as its last run says that was not stopped, and paused before all else", async () => {
  const { store } = await newStore();
  const { pipeline } = await newPipeline(store);
  const health = async () => (await store.pipelines.health({ pipelineId: pipeline.id }, PAGE)).items[0];
  expect(await health()).toMatchObject({ health: "new", last_run: null, last_success_at: null, days: [] });
  for (const [status, expected] of [
    ["succeeded", "healthy"],
    ["stopped", "healthy"],
    ["partial", "partial"],
    ["failed", "failing"],
    ["stopped", "failing"],
  ] as const) {
    await endedRun(store, pipeline.id, { status, daysAgo: 0 });
    expect(await health()).toMatchObject({ health: expected, last_run: { status } });
  }
  const waiting = await store.runs.create({ pipelineId: pipeline.id, options: {}, reason: "manual" }, ACTOR);
  expect(await health()).toMatchObject({ current_run: { id: waiting.id, status: "queued" } });
  await store.pipelines.update(pipeline.id, { version: undefined, fields: { paused: true } }, ACTOR);
  expect((await health())?.health).toBe("paused");
});

test("the strip counts the runs of the last 30 days by day, and no older ones", async () => {
  const { store } = await newStore();
  const { pipeline } = await newPipeline(store);
  for (const daysAgo of [0, 0, 3, 29, 30, 400]) await endedRun(store, pipeline.id, { status: "succeeded", daysAgo });
  await endedRun(store, pipeline.id, { status: "failed", daysAgo: 3 });
  const { items } = await store.pipelines.health({}, PAGE);
  const dayOf = (daysAgo: number) => new Date(Date.now() - daysAgo * DAY_MS).toISOString().slice(0, 10);
  const none = { partial: 0, stopped: 0 };
  expect(items[0]?.days).toEqual([
    { day: dayOf(29), succeeded: 1, failed: 0, ...none },
    { day: dayOf(3), succeeded: 1, failed: 1, ...none },
    { day: dayOf(0), succeeded: 2, failed: 0, ...none },
  ]);
  expect(items[0]?.last_run?.failure).toBe("The key is not accepted.");
});

test("pipelines are found by their names, those of their connections and their health, page by page", async () => {
  const { store } = await newStore();
  const { pipeline } = await newPipeline(store);
  const made = ["Zebra", "apple", "Mango"].map((name) =>
    store.pipelines.create({ ...pipeline, name, settings: {} }, ACTOR),
  );
  await Promise.all(made);
  const { items: all } = await store.pipelines.health({}, PAGE);
  const paged = [];
  let after: readonly string[] | undefined;
  do {
    const { items, next } = await store.pipelines.health({}, { after, limit: 1 });
    paged.push(...items);
    after = next ?? undefined;
  } while (after !== undefined);
  expect(paged).toEqual(all);
  const named = async (text: string) => (await store.pipelines.health({ text }, PAGE)).items.map(({ name }) => name);
  expect(await named("ZEB")).toEqual(["Zebra"]);
  expect(await named("numbers")).toHaveLength(4);
  expect(await named("source-EX")).toHaveLength(4);
  expect(await named("100%")).toEqual([]);
  expect((await store.pipelines.health({ health: "failing" }, PAGE)).items).toEqual([]);
});

test("the next run is the first instant of any schedule, and none while the pipeline is paused", async () => {
  const { store } = await newStore();
  const { pipeline } = await newPipeline(store);
  const timing = { cron: null, time_zone: null, options: {}, priority: 5 };
  const hourly = await store.schedules.create(pipeline.id, { ...timing, every_s: 3600 }, ACTOR);
  await store.schedules.create(pipeline.id, { ...timing, every_s: 7200 }, ACTOR);
  const next = async () => (await store.pipelines.health({}, PAGE)).items[0]?.next_run_at;
  expect(await next()).toEqual(hourly.next_runs[0]);
  await store.pipelines.update(pipeline.id, { version: undefined, fields: { paused: true } }, ACTOR);
  expect(await next()).toBe(null);
});
