import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { newApi, type TestApi } from "../fixtures/api.ts";
import { ACTOR, newPipeline, newStore } from "../fixtures/store.ts";
import { StripePipeline } from "../fixtures/stripe-pipeline.ts";
import { keepLiveRuns } from "../store/live-runs.ts";
import type { StoredRun } from "../store/runs.ts";
import { keepLive } from "./live-runs.ts";
import { RunWorker } from "./worker.ts";

const WAIT = { timeout: 40_000, interval: 100 };

/** A live pipeline on an API that listens, with workers that are started by the test. */
async function newStage() {
  const api = await newApi();
  const client = new Client({ connectionString: api.url });
  await client.connect();
  const pipeline = await StripePipeline.create({
    call: (request, body) => api.call(request, { body }),
    apiUrl: await api.listen(),
    databaseUrl: api.url,
    name: "live",
  });
  const folder = await mkdtemp(join(tmpdir(), "sluice-live-"));
  onTestFinished(async () => {
    await pipeline[Symbol.asyncDispose]();
    await client.end();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  const startWorker = () => {
    const worker = new RunWorker({ ...api, concurrency: 1, live: 2, dataFolder: folder });
    onTestFinished(() => worker[Symbol.asyncDispose]());
  };
  const names = async () =>
    client.query<{ name: string }>("SELECT name FROM live.customers").then(
      ({ rows }) => rows.map(({ name }) => name),
      (): string[] => [],
    );
  return { api, pipeline, startWorker, names, emulator: pipeline.emulator };
}

async function runs({ store }: TestApi): Promise<StoredRun[]> {
  return (await store.runs.list({}, { after: undefined, limit: 50 })).items;
}

async function statusOf({ store }: TestApi, id: string | undefined): Promise<StoredRun["status"]> {
  return (await store.runs.get(id ?? "")).status;
}

/** Resolves to the live run, once it follows what changes. */
async function untilLive(api: TestApi, names: () => Promise<string[]>): Promise<StoredRun> {
  await expect.poll(async () => (await names()).length, WAIT).toBeGreaterThanOrEqual(20);
  const [newest] = await runs(api);
  expect(newest).toMatchObject({ reason: "live", status: "running" });
  return newest as StoredRun;
}

test(
  "what Stripe pushes is in the table soon, with its latency told; a run that goes on gives way, and one that fails says why",
  { timeout: 300_000 },
  async () => {
    const { api, pipeline, startWorker, names, emulator } = await newStage();
    startWorker();
    const first = await untilLive(api, names);
    for (const name of ["Ada", "Bea", "Cleo"]) emulator.create({ object: "customer", name });
    await expect.poll(names, WAIT).toEqual(expect.arrayContaining(["Ada", "Bea", "Cleo"]));
    const figures = async () => (await api.call(`GET /v1/pipelines/${pipeline.id}/inbox`)).body;
    // emptied behind what is committed
    await expect.poll(figures, WAIT).toMatchObject({ pending: 0, oldest_received_at: null });
    expect(await figures()).toMatchObject({ latency: { events: 3, p50_ms: expect.any(Number) } });
    const { text } = await api.call("GET /metrics");
    expect(text).toMatch(/sluice_event_latency_seconds\{.*pipeline="live",quantile="0.95"\} [\d.]+/);
    expect(text).toMatch(/sluice_inbox_events\{.*pipeline="live"\} 0/);

    await api.call(`POST /v1/pipelines/${pipeline.id}/pause`);
    await expect.poll(() => statusOf(api, first.id), WAIT).toBe("stopped");
    emulator.create({ object: "customer", name: "Dora" });
    await expect.poll(figures, WAIT).toMatchObject({ pending: 1 });
    expect((await runs(api))[0]?.id).toBe(first.id);
    await api.call(`POST /v1/pipelines/${pipeline.id}/resume`);
    await expect.poll(names, WAIT).toContain("Dora");
    await expect.poll(figures, WAIT).toMatchObject({ pending: 0 });

    // one of another kind goes first, and then the live one is there again
    const [second] = await runs(api);
    const { body } = await api.call(`POST /v1/pipelines/${pipeline.id}/runs`, {
      body: { full_refresh: ["customers"] },
    });
    await expect.poll(() => statusOf(api, String(body["id"])), WAIT).toBe("succeeded");
    expect(await statusOf(api, second?.id)).toBe("stopped");
    await expect.poll(async () => (await runs(api))[0], WAIT).toMatchObject({ reason: "live", status: "running" });
    // however soon, a wish to end is no failure
    const [third] = await runs(api);
    emulator.addFault({ path: "/v1/*", error: "more_permissions_required" });
    await api.call(`POST /v1/runs/${third?.id}/cancel`);
    await expect.poll(() => statusOf(api, third?.id), WAIT).toBe("stopped");

    // one that fails says why, and the next one waits, for longer each time
    const failed = async () => (await runs(api)).find(({ status }) => status === "failed");
    await expect.poll(failed, WAIT).toBeDefined();
    const next = async () => (await runs(api))[0];
    await expect.poll(next, WAIT).toMatchObject({ reason: "live", status: "queued", failed_attempts: 1 });
    expect((await next())?.waiting_because).toMatch(/^The live run of before ended: ./);
    expect(Number((await next())?.not_before)).toBeGreaterThan(Number((await failed())?.ended_at));
    expect((await api.call("GET /metrics")).text).toMatch(/sluice_pipeline_failing\{.*pipeline="live"\} 1/);

    await pipeline.goLive(false);
    const open = async () => (await runs(api)).filter(({ ended_at }) => ended_at === null).length;
    await expect.poll(open, WAIT).toBe(0);
    expect((await runs(api))[0]?.status).toBe("stopped");
    // why each of them ended stands in its log, and is no error
    for (const [run, because] of [
      [first, "its pipeline is paused, or live no more"],
      [second, "another run of its pipeline comes first"],
      [third, "it was cancelled"],
    ] as const) {
      const { items } = await api.store.runs.logs(run?.id ?? "", {}, { after: undefined, limit: 100 });
      expect(items.map(({ message }) => message)).toContain(`It is to stop: ${because}.`);
      expect(items.filter(({ level }) => level === "error")).toEqual([]);
    }
    expect((await api.call(`DELETE /v1/pipelines/${pipeline.id}`)).status).toBe(204);
  },
);

test("live pipelines that have to wait keep no place from others", async () => {
  const { store } = await newStore();
  const { source, destination, pipeline } = await newPipeline(store);
  const change = (now: { config: Record<string, unknown>; secrets: Record<string, string> }) => ({
    ...now,
    concurrent_runs: 1,
  });
  await store.connections.update(source.id, { version: undefined, change }, ACTOR);
  const other = await store.connections.create({ ...source, name: "other", secrets: {}, concurrent_runs: null }, ACTOR);
  const fields = { name: pipeline.name, destination_id: destination.id, settings: { live: true } };
  for (const source_id of [source.id, source.id, source.id, source.id, other.id]) {
    await store.pipelines.create({ ...fields, source_id }, ACTOR);
    // in this order
    await keepLiveRuns(store.database);
  }
  const begun: string[] = [];
  const ended = Promise.withResolvers<"done">();
  const work = async (runId: string) => {
    const run = await store.heldRuns.start({ runId, worker: "w" });
    if (run !== undefined && "againInMs" in run) return run;
    begun.push(runId);
    return ended.promise;
  };
  const living = keepLive({ store, slots: 3, work });
  await expect.poll(() => begun.length, WAIT).toBe(2);
  ended.resolve("done");
  await living[Symbol.asyncDispose]();
});
