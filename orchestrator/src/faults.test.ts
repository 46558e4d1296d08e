import { expect, onTestFinished, test } from "vitest";
import { Installation } from "./fixtures/installation.ts";

const WAIT = { timeout: 100_000, interval: 300 };
const RECORDS = 60;
const ALL = Array.from({ length: RECORDS }, (_, index) => index + 1);

test("a machine that is lost, a Redis that is emptied and restarted, and a Postgres that is restarted cost no row and end no run wrongly", async () => {
  const installation = await Installation.start("redis");
  onTestFinished(() => installation[Symbol.asyncDispose]());
  const { call, query } = { call: installation.call.bind(installation), query: installation.query.bind(installation) };
  await installation.startApi();
  const first = await installation.startWorker();
  await installation.startWorker();
  const names = ["one", "two", "three"];
  const pipelines = [];
  for (const name of names) pipelines.push(await installation.newPipeline({ name, records: RECORDS, pauseMs: 60 }));
  const run = async (pipeline: string) => {
    const { status, body } = await call(`POST /v1/pipelines/${pipeline}/runs`, {});
    expect(status).toBe(202);
    return String(body["id"]);
  };
  const runs = await Promise.all(pipelines.map(run));
  const running = () => query("SELECT id FROM sluice.runs WHERE status = 'running'");
  await expect.poll(running, WAIT).toHaveLength(3);

  await first.kill();
  await installation.flushRedis();
  const startRedis = await installation.stopRedis();
  await expect.poll(async () => (await call("GET /readyz")).status, WAIT).toBe(503);
  // what the queue cannot take is in the store
  runs.push(await run(pipelines[0] ?? ""));
  await installation.restartPostgres();
  await startRedis();
  await expect.poll(async () => (await call("GET /readyz").catch(() => ({ status: 0 }))).status, WAIT).toBe(200);

  const unfinished = () => query("SELECT id, status, waiting_because FROM sluice.runs WHERE ended_at IS NULL");
  await expect.poll(() => unfinished().catch((error: unknown) => [String(error)]), WAIT).toEqual([]);
  for (const id of runs)
    expect((await call(`GET /v1/runs/${id}`)).body).toMatchObject({
      status: "succeeded",
      summary: { status: "succeeded" },
    });
  for (const name of names) expect([name, await installation.keys(name)]).toEqual([name, ALL]);
}, 180_000);
