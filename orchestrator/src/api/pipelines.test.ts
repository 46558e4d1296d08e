import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { newApi } from "../fixtures/api.ts";
import { ACTOR } from "../fixtures/store.ts";
import { allRows, environments, processList, secretsIn } from "../fixtures/traces.ts";
import { RunWorker } from "../worker/worker.ts";

const CANARY = "canary-4be0-pipelines";
const WAIT = { timeout: 40_000, interval: 100 };

/** A pipeline between programs of the kit, with a worker, and all that the API answered so far. */
async function newStage(connector: string, { pauseMs = 0 } = {}) {
  const api = await newApi();
  const folder = await mkdtemp(join(tmpdir(), "sluice-pipelines-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const answers: string[] = [];
  const call: typeof api.call = async (...request) => {
    const answer = await api.call(...request);
    answers.push(answer.text);
    return answer;
  };
  const made = async (path: string, body: object) => String((await call(`POST /v1/${path}`, { body })).body["id"]);
  const rows = { folder: join(folder, "rows") };
  const source = await api.store.connections.create(
    { ...faulty("source"), config: { records: 30, pause_ms: pauseMs }, secrets: { token: CANARY } },
    ACTOR,
  );
  const destination = await api.store.connections.create(
    { ...faulty("destination"), connector, config: rows, secrets: { token: `${CANARY}-d` } },
    ACTOR,
  );
  const id = await made("pipelines", { name: "p", source_id: source.id, destination_id: destination.id });
  const worker = new RunWorker({ ...api, live: 2, concurrency: 2, dataFolder: folder });
  onTestFinished(() => worker[Symbol.asyncDispose]());
  const run = async () => {
    const runId = await made(`pipelines/${id}/runs`, {});
    await expect.poll(async () => (await api.store.runs.get(runId)).status, WAIT).toBe("succeeded");
    return runId;
  };
  return { ...api, call, answers, id, source, path: `/v1/pipelines/${id}`, made, run };
}

function faulty<Kind extends "source" | "destination">(kind: Kind) {
  return { name: kind, connector: `${kind}-faulty`, kind };
}

type Shown = { stream: string; line: string }[];

test("where a pipeline goes on is shown, set back and forgotten, and not while a run goes on", async () => {
  const { call, path, run, made, id, source } = await newStage("destination-faulty");
  const firstRun = await run();
  const states = async () => (await call(`GET ${path}/states`)).body["states"] as Shown;
  const shown = await call(`GET ${path}/states`);
  const first = shown.body["states"] as Shown;
  const ifMatch = { headers: { "if-match": String(shown.headers["etag"]) } };
  expect(ifMatch.headers["if-match"]).toBe(`"${String(shown.body["version"])}"`);
  expect(first.map(({ stream }) => stream).toSorted()).toEqual(["stream_1", "stream_2"]);
  const history = await call(`GET ${path}/states/history`);
  expect((history.body["states"] as Shown).length).toBeGreaterThanOrEqual(2);
  expect(await call(`POST ${path}/states/reset`, { body: { streams: ["stream_9"] } })).toMatchObject({ status: 404 });
  const one = { body: { streams: ["stream_1"] }, ...ifMatch };
  expect(await call(`POST ${path}/states/reset`, one)).toMatchObject({ status: 200 });
  expect((await states()).map(({ stream }) => stream)).toEqual(["stream_2"]);
  const past = history.body["states"] as Shown;
  const times = past.map(({ line }) => Date.parse(JSON.parse(line).state.committed_at));
  const diff = (query: string) => call(`GET ${path}/states/diff?${query}`);
  const [before, after] = [new Date(Math.min(...times) - 1), new Date(Math.max(...times))].map((each) =>
    each.toISOString(),
  );
  expect((await diff(`from=${before}&to=${after}`)).body["streams"]).toMatchObject(
    ["stream_1", "stream_2"].map((stream) => ({ stream, change: "added", before: null })),
  );
  expect((await diff(`from=${after}`)).body["streams"]).toMatchObject([
    {
      stream: "stream_1",
      change: "removed",
      after: null,
      before: past.findLast(({ stream }) => stream === "stream_1")?.line,
    },
  ]);
  expect((await diff("from=yesterday")).status).toBe(400);
  const lines = first.map(({ line }) => line);
  // made from states that are not there any more, which would take the other stream back, too
  const moved = { status: 412, body: { code: "changed" } };
  expect(await call(`PUT ${path}/states`, { body: { states: lines }, ...ifMatch })).toMatchObject(moved);
  expect(await call(`POST ${path}/states/reset`, { body: {}, ...ifMatch })).toMatchObject(moved);
  expect((await states()).map(({ stream }) => stream)).toEqual(["stream_2"]);
  expect(await call(`PUT ${path}/states`, { body: { states: lines } })).toMatchObject({ status: 200 });
  expect((await states()).map(dataOf).toSorted()).toEqual(first.map(dataOf).toSorted());
  expect(await call(`PUT ${path}/states`, { body: { states: [lines[0], lines[0]] } })).toMatchObject({ status: 422 });
  expect(await call(`PUT ${path}/states`, { body: { states: ["{}"] } })).toMatchObject({ status: 422 });
  // slow enough to be met while it goes on
  await call(`PATCH /v1/connections/${source.id}`, { body: { config: { records: 30, pause_ms: 300 } } });
  const running = await made(`pipelines/${id}/runs`, { full_refresh: true });
  const estimates = async () => (await call(`GET /v1/runs/${running}`)).body["estimates"];
  const asBefore = { rows_about: 30, from_run_id: firstRun, ends_at_about: null };
  await expect.poll(estimates, WAIT).toMatchObject({ stream_2: asBefore });
  expect(await call(`POST ${path}/states/reset`, { body: {} })).toMatchObject({
    status: 409,
    body: { code: "in_use" },
  });
  const audit = (await call("GET /v1/audit")).text;
  expect(audit).toContain("state.set");
});

test("a plan tells what a run would do, and a clone has the settings", async () => {
  const { call, path } = await newStage("destination-faulty");
  const plan = await call(`POST ${path}/plan`, { body: { select: ["stream_1"] } });
  expect(plan).toMatchObject({
    status: 200,
    body: { source: { status: "succeeded" }, streams: [{ stream: "stream_1", access: "granted" }] },
  });
  const wrong = await call(`POST ${path}/plan`, { body: { select: ["nothing"] } });
  expect(wrong).toMatchObject({ status: 422, body: { code: "config" } });
  const { source_id, destination_id } = (await call(`GET ${path}`)).body;
  const draft = { source_id, destination_id, settings: { streams: ["stream_1"] } };
  const planned = await call("POST /v1/pipelines/plan", { body: draft });
  expect(planned).toMatchObject({ status: 200, body: plan.body });
  const turned = { ...draft, source_id: destination_id, destination_id: source_id };
  expect((await call("POST /v1/pipelines/plan", { body: turned })).status).toBe(422);
  const clone = await call(`POST ${path}/clone`, { body: { name: "q" } });
  expect(clone).toMatchObject({ status: 201, body: { name: "q", settings: {} } });
  const patched = await call(`PATCH ${path}`, { body: { settings: { retries: 3 } } });
  expect(patched.body["settings"]).toMatchObject({ retries: 3 });
  // no timer waits for so long
  expect((await call(`PATCH ${path}`, { body: { settings: { grace_ms: 2 ** 31 } } })).status).toBe(400);
  // what is left out stays
  expect((await call(`PATCH ${path}`, { body: { name: "r" } })).body["settings"]).toMatchObject({ retries: 3 });
  const yaml = await call(`GET ${path}/yaml`);
  expect(yaml.text).toContain("token: ${SOURCE_FAULTY_TOKEN}");
});

test("a secret is in no answer, no table, no job and no list of processes, while a run goes on and after it", async () => {
  const { call, answers, path, made, id, store, url } = await newStage("destination-faulty-transactional", {
    pauseMs: 20,
  });
  const runId = await made(`pipelines/${id}/runs`, {});
  await expect.poll(async () => (await store.runs.get(runId)).progress, WAIT).not.toBe(null);
  expect(processList()).toContain("run-host");
  expect(secretsIn(processList(), [CANARY])).toEqual([]);
  expect(await environments()).toContain("PATH=");
  expect(secretsIn(await environments(), [CANARY])).toEqual([]);
  await expect.poll(async () => (await store.runs.get(runId)).status, WAIT).toBe("succeeded");
  for (const each of ["", "/plan", "/states", "/states/history", "/yaml", "/runs"])
    await call(`${each === "/plan" ? "POST" : "GET"} ${path}${each}`, each === "/plan" ? { body: {} } : {});
  for (const each of ["connections", "pipelines", "runs", `runs/${runId}`, `runs/${runId}/logs`, "audit", "tokens"])
    await call(`GET /v1/${each}`);
  await call(`GET /v1/runs/${runId}/events`);
  await call("GET /metrics");
  expect(secretsIn(answers.join(), [CANARY])).toEqual([]);
  expect(answers.join()).toContain("stream_1");
  const rows = await allRows(url);
  expect(rows).toContain(runId);
  expect(secretsIn(rows, [CANARY])).toEqual([]);
});

function dataOf({ line }: Shown[number]): string {
  return JSON.stringify((JSON.parse(line) as { state: { data: unknown } }).state.data);
}
