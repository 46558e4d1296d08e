import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { newApi, type TestApi } from "../fixtures/api.ts";
import type { QueuePlace } from "../queue/backend.ts";
import { ACTOR } from "../fixtures/store.ts";
import type { StoredRun } from "../store/runs.ts";
import { RunWorker } from "./worker.ts";

const WAIT = { timeout: 40_000, interval: 100 };

/** A pipeline whose rows go to files of the test's own, with workers that take its runs. */
async function newStage(
  kind: QueuePlace["kind"],
  source: Record<string, unknown>,
  { destination = "destination-faulty-transactional", retries = 1 } = {},
) {
  const api = await newApi(kind);
  const folder = await mkdtemp(join(tmpdir(), "sluice-worker-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const connection = async (connector: string, config: Record<string, unknown>) => {
    const kind = connector.startsWith("source") ? "source" : "destination";
    const { token, ...open } = config;
    const secrets = token === undefined ? {} : { token };
    return (await api.store.connections.create({ name: connector, connector, kind, config: open, secrets }, ACTOR)).id;
  };
  const pipeline = await api.store.pipelines.create(
    {
      name: "faulty",
      source_id: await connection("source-faulty", { ...source, attempts_file: join(folder, "attempts") }),
      destination_id: await connection(destination, { folder: join(folder, "rows") }),
      settings: { grace_ms: 5000, retries },
    },
    ACTOR,
  );
  const startWorker = (machine = "one") => {
    const dataFolder = join(folder, machine);
    const worker = new RunWorker({ ...api, concurrency: 2, live: 2, dataFolder });
    let isClosed = false;
    const close = async () => {
      if (!isClosed) await worker[Symbol.asyncDispose]();
      isClosed = true;
    };
    onTestFinished(close);
    return { close };
  };
  return {
    api,
    pipeline,
    startWorker,
    run: async () => String((await api.call(`POST /v1/pipelines/${pipeline.id}/runs`, { body: {} })).body["id"]),
    /** Has what is read from here on come at once. */
    hurry: () =>
      api.store.connections.update(
        pipeline.source_id,
        { version: undefined, change: (now) => ({ ...now, config: { ...now.config, pause_ms: 0 } }) },
        ACTOR,
      ),
    rows: async () => {
      const text = await readFile(join(folder, "rows", "stream_1.ndjson"), "utf8").catch(() => "");
      return text.split("\n").filter((line) => line !== "").length;
    },
  };
}

async function status({ store }: TestApi, id: string): Promise<StoredRun["status"]> {
  return (await store.runs.get(id)).status;
}

/** Lines of the runner and the orchestrator, those of streams without their level. */
async function messages({ store }: TestApi, id: string): Promise<string[]> {
  const { items } = await store.runs.logs(id, {}, { after: undefined, limit: 100 });
  return items
    .filter(({ side }) => side === "runner" || side === "orchestrator")
    .map(({ level, side, stream, message }) => `${stream ?? `${level} ${side}`}: ${message}`);
}

/** Yields the process of the run that goes on. */
function runHost(): number | undefined {
  const { stdout } = spawnSync("pgrep", ["-P", String(process.pid), "-f", "run-host"], { encoding: "utf8" });
  return stdout === "" ? undefined : Number(stdout.split("\n")[0]);
}

async function log({ call }: TestApi, id: string): Promise<string> {
  return (await call(`GET /v1/runs/${id}/logs`)).text;
}

describe.each(["postgres", "redis"] as const)("with the queue in %s,", (kind) => {
  test("a run is carried out, with its progress, its log and how it ended, and no secret in any of them", async () => {
    const { api, startWorker, run, rows } = await newStage(kind, {
      records: 40,
      fault: "prints_text",
      token: "canary-77aa",
    });
    startWorker();
    const id = await run();
    await expect.poll(() => status(api, id), WAIT).toBe("succeeded");
    expect(await rows()).toBe(40);
    const ended = await api.call(`GET /v1/runs/${id}`);
    expect(ended.body).toMatchObject({
      progress: { streams: { stream_1: { committed: 40 } } },
      summary: { exit_code: 0, run_id: id, streams: { stream_1: { written: 40 } } },
    });
    expect(await log(api, id)).toContain("is not a message");
    const told = (await messages(api, id)).filter((line) => !line.includes("is not a message"));
    expect(told.filter((line) => !line.startsWith("stream_2"))).toEqual([
      expect.stringMatching(/^info orchestrator: The worker \S+ begins it\.$/),
      expect.stringMatching(
        /^info runner: source-faulty \S+ reads 2 streams, destination-faulty-transactional \S+ stores them\.$/,
      ),
      "stream_1: Begins with all of it.",
      "stream_1: Complete: 40 read, 40 stored, 0 rejected.",
      expect.stringMatching(
        /^info runner: Succeeded after [\d.]+ s: 2 of 2 streams complete, 80 read, 80 stored, 0 rejected\.$/,
      ),
    ]);
    expect(ended.text + (await log(api, id))).not.toContain("canary");
  });

  test("runs of one pipeline come one after the other", async () => {
    const { api, startWorker, run } = await newStage(kind, { records: 10 });
    startWorker();
    const ids = [await run(), await run()];
    await expect.poll(() => Promise.all(ids.map((id) => status(api, id))), WAIT).toEqual(ids.map(() => "succeeded"));
    const ended = await Promise.all(ids.map((id) => api.store.runs.get(id)));
    const times = ended.toSorted((one, other) => Number(one.started_at) - Number(other.started_at));
    for (const [index, each] of times.slice(1).entries())
      expect(Number(each.started_at)).toBeGreaterThanOrEqual(Number(times[index]?.ended_at));
  });

  test("a run that is cancelled stops in order, and the next one goes on from what is committed", async () => {
    const { api, startWorker, run, rows, hurry } = await newStage(kind, { records: 40, pause_ms: 50 });
    startWorker();
    const id = await run();
    await expect.poll(rows, WAIT).toBeGreaterThan(0);
    expect(await api.call(`POST /v1/runs/${id}/cancel`)).toMatchObject({ status: 202 });
    await expect.poll(() => status(api, id), WAIT).toBe("stopped");
    expect(await rows()).toBeLessThan(40);
    const told = await messages(api, id);
    expect(told).toContainEqual('info orchestrator: Cancelled by "admin".');
    expect(told).toContainEqual("info orchestrator: It is to stop: it was cancelled.");
    expect(told.at(-1)).toMatch(/^info runner: Stopped after [\d.]+ s: 0 of 2 streams complete/);
    expect((await api.call(`GET /v1/runs/${id}/logs`)).body["first_error"]).toBeNull();
    await hurry();
    const next = await run();
    await expect.poll(() => status(api, next), WAIT).toBe("succeeded");
    expect(await rows()).toBe(40);
    expect(await messages(api, next)).toContainEqual("stream_1: Begins with a part of it.");
  });

  test("a worker that is asked to end gives its run back, and another one goes on with it", async () => {
    const { api, startWorker, run, rows, hurry } = await newStage(kind, { records: 40, pause_ms: 50 });
    const first = startWorker();
    const id = await run();
    await expect.poll(rows, WAIT).toBeGreaterThan(0);
    await first.close();
    expect(await status(api, id)).toBe("queued");
    expect(await rows()).toBeLessThan(40);
    await hurry();
    startWorker();
    await expect.poll(() => status(api, id), WAIT).toBe("succeeded");
    expect(await rows()).toBe(40);
  });

  test("a run whose process is killed is told as failed, never as succeeded, unless its worker ends", async () => {
    const { api, startWorker, run, rows } = await newStage(kind, { records: 40, pause_ms: 50 });
    const worker = startWorker();
    const id = await run();
    await expect.poll(rows, WAIT).toBeGreaterThan(0);
    process.kill(runHost() ?? 0, "SIGKILL");
    await expect.poll(() => status(api, id), WAIT).toBe("failed");
    expect((await api.store.runs.get(id)).summary).toMatchObject({
      exit_code: 1,
      failure: { side: "runner", failure_type: "system", message: expect.stringContaining("SIGKILL") },
    });
    const next = await run();
    await expect.poll(runHost, WAIT).toBeDefined();
    const host = runHost() ?? 0;
    // it does not hear that it is to stop
    process.kill(host, "SIGSTOP");
    const closed = worker.close();
    process.kill(host, "SIGKILL");
    await closed;
    expect(await status(api, next)).toBe("queued");
  });

  test("a failure of a connector is the run's, with its type", async () => {
    const { api, startWorker, run } = await newStage(kind, { fault: "refuses_credentials" });
    startWorker();
    const id = await run();
    await expect.poll(() => status(api, id), WAIT).toBe("failed");
    expect((await api.store.runs.get(id)).summary).toMatchObject({
      exit_code: 11,
      failure: { side: "source", failure_type: "auth" },
    });
    expect((await messages(api, id)).at(-1)).toMatch(/^error runner: Failed after [\d.]+ s: .* source, auth: ./);
  });
});

test("another machine goes on with states that a destination does not keep, and with what a connector renewed", async () => {
  const source = { records: 10, fault: "control_then_crash", token: "old-token" };
  const { api, pipeline, startWorker, run, rows } = await newStage("postgres", source, {
    destination: "destination-faulty",
  });
  const first = startWorker("one");
  const id = await run();
  await expect.poll(() => status(api, id), WAIT).toBe("succeeded");
  await first.close();
  const memory = await api.store.memories.read(pipeline.id);
  expect(Object.keys(memory).toSorted()).toEqual(["generations", "source-config"]);
  expect(memory["source-config"]).toMatch(/"before":"old-token","after":/);
  const before = await rows();
  startWorker("two");
  const next = await run();
  await expect.poll(() => status(api, next), WAIT).toBe("succeeded");
  // nothing is read again
  expect((await api.store.runs.get(next)).summary?.streams["stream_1"]).toMatchObject({ read: 0 });
  expect(await rows()).toBe(before);
});

test("a failure that may pass waits for another attempt, and says so", async () => {
  const { api, startWorker, run } = await newStage(
    "postgres",
    { fault: "fails_for_a_while", times: 9 },
    { retries: 0 },
  );
  startWorker();
  const id = await run();
  await expect.poll(async () => (await api.store.runs.get(id)).failed_attempts, WAIT).toBe(1);
  const waiting = await api.store.runs.get(id);
  expect(waiting).toMatchObject({ status: "queued", summary: { status: "failed" } });
  expect(waiting.waiting_because).toContain("Its last attempt failed: ");
  expect(Number(waiting.not_before)).toBeGreaterThan(Date.now());
});
