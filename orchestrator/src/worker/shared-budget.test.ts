import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmulator } from "@sluice/stripe-emulator";
import { expect, onTestFinished, test } from "vitest";
import { newApi } from "../fixtures/api.ts";
import { ACTOR } from "../fixtures/store.ts";
import { RunWorker } from "./worker.ts";

const WAIT = { timeout: 100_000, interval: 200 };
const PER_SECOND = 20;
const OBJECTS = 1200;
const PIPELINES = ["one", "two", "three"];

/** Three pipelines that read one account, which refuses what is beyond its limit, on two workers. */
async function newStage() {
  const api = await newApi();
  const emulator = await startEmulator({ objects: { customers: OBJECTS }, rateLimits: { global: PER_SECOND + 2 } });
  const folder = await mkdtemp(join(tmpdir(), "sluice-budget-test-"));
  const { connections, pipelines, runs } = api.store;
  const config = {
    api_version: emulator.apiVersion,
    base_url: emulator.url,
    max_requests_per_second: PER_SECOND,
    events: { mode: "off" },
  };
  const source = await connections.create(
    { name: "stripe", connector: "source-stripe", kind: "source", config, secrets: { api_key: emulator.apiKey } },
    ACTOR,
  );
  const started: string[] = [];
  for (const name of PIPELINES) {
    const destination = await connections.create(
      {
        name,
        connector: "destination-postgres",
        kind: "destination",
        config: { schema: name },
        secrets: { connection_string: api.url },
      },
      ACTOR,
    );
    const sides = { source_id: source.id, destination_id: destination.id };
    const { id } = await pipelines.create({ name, ...sides, settings: { streams: ["customers"] } }, ACTOR);
    const run = await runs.create({ pipelineId: id, options: {}, reason: "manual" }, ACTOR);
    await api.queue.add(run);
    started.push(run.id);
  }
  const workers = [2, 1].map((concurrency) => new RunWorker({ ...api, concurrency, live: 0, dataFolder: folder }));
  onTestFinished(async () => {
    await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
    await emulator.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  const refusals = async () => {
    const { rows } = await api.store.database.pool.query<{ message: string }>(
      "SELECT message FROM run_logs WHERE message LIKE '%ate limit%' OR message LIKE '%429%'",
    );
    return rows.map(({ message }) => message);
  };
  const outcomes = async () => Promise.all(started.map(async (id) => (await runs.get(id)).status));
  const counts = async () =>
    Promise.all(
      PIPELINES.map(async (name) =>
        Number((await api.store.database.pool.query(`SELECT count(*) AS n FROM ${name}.customers`)).rows[0]?.n),
      ),
    );
  return { api, refusals, outcomes, counts };
}

const ALL_SUCCEEDED = PIPELINES.map(() => "succeeded");
const ALL_ROWS = PIPELINES.map(() => OBJECTS);

test("runs of one account together stay within its limit, on several workers", { timeout: 120_000 }, async () => {
  const { outcomes, refusals, counts } = await newStage();
  await expect.poll(outcomes, WAIT).toEqual(ALL_SUCCEEDED);
  expect(await counts()).toEqual(ALL_ROWS);
  expect(await refusals()).toEqual([]);
});

test("a budget that is lost slows runs down, and fails none", { timeout: 120_000 }, async () => {
  const { api, outcomes, counts } = await newStage();
  await api.store.database.pool.query("DROP SCHEMA sluice_budgets CASCADE");
  await expect.poll(outcomes, WAIT).toEqual(ALL_SUCCEEDED);
  expect(await counts()).toEqual(ALL_ROWS);
});
