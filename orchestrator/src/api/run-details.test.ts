import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createDatabase } from "@sluice/postgres-kit/server";
import { expect, onTestFinished, test } from "vitest";
import { newApi } from "../fixtures/api.ts";
import { ACTOR, newPipeline, whileHeld } from "../fixtures/store.ts";
import { allRows, secretsIn } from "../fixtures/traces.ts";
import { MAX_DEAD_LETTERS } from "../store/dead-letters.ts";
import { RunWorker } from "../worker/worker.ts";

const WAIT = { timeout: 40_000, interval: 100 };
const CANARY = "canary-7c2e-record";

/** A pipeline from files to a Postgres, which has no place for U+0000. */
async function newStage(items: readonly object[]) {
  const api = await newApi();
  const folder = await mkdtemp(join(tmpdir(), "sluice-details-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  await writeFile(join(folder, "items.ndjson"), items.map((item) => `${JSON.stringify(item)}\n`).join(""));
  const database = await createDatabase(process.env["DATABASE_URL"] ?? "");
  onTestFinished(() => database.drop());
  const source = await api.store.connections.create(
    { name: "source", kind: "source", connector: "source-reference", config: { folder }, secrets: {} },
    ACTOR,
  );
  const secrets = { connection_string: database.url };
  const destination = await api.store.connections.create(
    { name: "destination", kind: "destination", connector: "destination-postgres", config: {}, secrets },
    ACTOR,
  );
  const fields = { name: "p", source_id: source.id, destination_id: destination.id, settings: {} };
  const { id } = await api.store.pipelines.create(fields, ACTOR);
  const worker = new RunWorker({ ...api, live: 0, concurrency: 2, dataFolder: folder });
  onTestFinished(() => worker[Symbol.asyncDispose]());
  const ended = async (request: string, body = {}) => {
    const run = String((await api.call(request, { body })).body["id"]);
    await expect.poll(async () => (await api.store.runs.get(run)).ended_at, WAIT).not.toBe(null);
    return api.store.runs.get(run);
  };
  return { ...api, id, ended, worker };
}

test("records that were rejected are kept, sealed, with the reason; what ended is run again, and how fast it was is told", async () => {
  const items = Array.from({ length: 30 }, (_, at) => ({ id: at + 1, updated: at + 1, text: CANARY }));
  const { call, id, ended, worker, store } = await newStage([...items, { id: 31, updated: 31, text: `${CANARY}\0` }]);
  const run = await ended(`POST /v1/pipelines/${id}/runs`);
  const path = `/v1/runs/${run.id}`;
  const letters = (await call(`GET ${path}/dead-letters`, { as: "operator" })).body["items"] as Record<
    string,
    unknown
  >[];
  expect(letters).toMatchObject([{ number: 1, stream: "items", reason: expect.stringContaining("cannot store") }]);
  expect(JSON.parse(String(letters[0]?.["line"]))).toMatchObject({ rejected: { data: { text: `${CANARY}\0` } } });
  const { rows } = await store.database.pool.query("SELECT encode(sealed, 'escape') AS text FROM dead_letters");
  expect(JSON.stringify(rows)).not.toContain(CANARY);
  const { samples } = (await call(`GET ${path}/throughput`)).body as { samples: { read: number }[] };
  expect(samples.length).toBeGreaterThan(0);
  const again = await ended(`POST ${path}/retry`, { select: ["items"] });
  expect(again).toMatchObject({ reason: "retry", options: { select: ["items"] }, status: "succeeded" });
  expect((await call("GET /v1/workers")).body["items"]).toMatchObject([{ name: worker.name, concurrency: 2 }]);
});

test("what a source said in a run is kept where that was asked for, with all values replaced, for those who may see it", async () => {
  const items = Array.from({ length: 30 }, (_, at) => ({ id: at + 1, updated: at + 1, text: CANARY }));
  const { api, call, id, ended, tokenOf, url } = await newStage(items);
  const run = await ended(`POST /v1/pipelines/${id}/runs`, { record: true });
  const path = `/v1/runs/${run.id}/recording`;
  const answer = await api.inject({ url: path, headers: { authorization: `Bearer ${tokenOf("operator")}` } });
  expect(answer.headers).toMatchObject({
    "content-type": "application/gzip",
    "content-disposition": `attachment; filename="${run.id}-1.ndjson.gz"`,
    "sluice-recordings": "1",
  });
  expect(answer.headers["sluice-truncated"]).toBe(undefined);
  const text = gunzipSync(answer.rawPayload).toString();
  const types = text
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { type: string }).type);
  expect(types.filter((type) => type === "record").length).toBe(items.length);
  expect(types).toContain("state");
  for (const kept of [text, await allRows(url)]) expect(secretsIn(kept, [CANARY])).toEqual([]);
  expect((await call(`GET ${path}?number=2`)).status).toBe(404);
  const [entry] = (await call("GET /v1/audit?limit=1")).body["items"] as unknown[];
  expect(entry).toMatchObject({ action: "run.recording", target: run.id, detail: { number: 1 } });
  const other = await ended(`POST /v1/pipelines/${id}/runs`);
  expect(await call(`GET /v1/runs/${other.id}/recording`)).toMatchObject({
    status: 404,
    body: { detail: expect.stringContaining('"record": true') },
  });
});

test("of a run so many rejected records are kept, and no more", async () => {
  const { store } = await newApi();
  const { pipeline } = await newPipeline(store);
  const { id } = await store.runs.create({ pipelineId: pipeline.id, options: {}, reason: "manual" }, ACTOR);
  await store.database.pool.query(
    "INSERT INTO dead_letters (run_id, number, stream, reason) SELECT $1, n, 's', 'r' FROM generate_series(1, $2::int) AS n",
    [id, MAX_DEAD_LETTERS - 1],
  );
  await whileHeld(store, id, async (held) => {
    for (const line of ["{}", "[]"]) await store.deadLetters.keep(held, { stream: "a\0b", reason: "r", line });
  });
  const { items } = await store.deadLetters.list(id, { after: [String(MAX_DEAD_LETTERS - 2)], limit: 9 });
  expect(items.map(({ number, stream, line }) => [number, stream, line])).toEqual([
    [MAX_DEAD_LETTERS - 1, "s", null],
    [MAX_DEAD_LETTERS, "a\uFFFDb", "{}"],
  ]);
});

test("a log says where its first error is and begins behind any line, and what has not ended is not run again", async () => {
  const { call, store } = await newApi();
  const { pipeline } = await newPipeline(store);
  const { body: run } = await call(`POST /v1/pipelines/${pipeline.id}/runs`, { body: {} });
  const path = `/v1/runs/${String(run["id"])}`;
  expect((await call(`GET ${path}/logs`)).body).toMatchObject({ items: [], first_error: null });
  const levels = ["info", "info", "error", "warn", "error"] as const;
  const lines = levels.map((level) => ({ level, side: "source", message: level }));
  await whileHeld(store, String(run["id"]), (held) => store.runs.log(held, lines));
  const { body } = await call(`GET ${path}/logs?behind=3&limit=1`);
  expect(body).toMatchObject({ items: [{ number: 4 }], first_error: 3 });
  expect(await call(`POST ${path}/retry`, { body: {} })).toMatchObject({ status: 409, body: { code: "in_use" } });
  expect((await call("GET /v1/queue")).body).toMatchObject({ count: 1, items: [{ id: run["id"] }] });
});
