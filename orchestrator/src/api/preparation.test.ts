import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { newApi } from "../fixtures/api.ts";
import { newPostgresPipeline } from "../fixtures/destination.ts";
import { ACTOR } from "../fixtures/store.ts";

/** A pipeline from a file to a Postgres, and the connections that it is made of. */
async function newStage() {
  const api = await newApi();
  const folder = await mkdtemp(join(tmpdir(), "sluice-preparation-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "items.ndjson"), `${JSON.stringify({ id: 1, updated: 1 })}\n`);
  const { id: other, client } = await newPostgresPipeline(api.store);
  const { destination_id } = await api.store.pipelines.get(other);
  const source = await api.store.connections.create(
    { name: "items", kind: "source", connector: "source-reference", config: { folder }, secrets: {} },
    ACTOR,
  );
  const tables = async () => {
    const { rows } = await client.query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
    );
    return rows.map(({ name }) => name);
  };
  const body = { name: "p", source_id: source.id, destination_id, settings: {} };
  return { ...api, folder, source, body, tables };
}

test("a pipeline is made with what its sides need, and deleted with what was made for it", async () => {
  const { call, body, tables } = await newStage();
  const { status, body: made } = await call("POST /v1/pipelines?setup=true", { body });
  expect([status, await tables()]).toEqual([201, ["items"]]);
  expect(made).toMatchObject({ paused: false, version: 1 });
  const path = `/v1/pipelines/${String(made["id"])}`;
  expect(await call(`POST ${path}/teardown`)).toMatchObject({
    status: 200,
    body: { source: null, destination: expect.arrayContaining([expect.stringContaining("DROP TABLE")]) },
  });
  expect(await tables()).toEqual([]);
  expect((await call(`POST ${path}/setup`)).body).toMatchObject({ source: null });
  expect(await tables()).toEqual(["items"]);
  const stale = await call(`DELETE ${path}?teardown=true`, { headers: { "if-match": '"9"' } });
  expect([stale.status, await tables()]).toEqual([412, ["items"]]);
  expect((await call(`DELETE ${path}?teardown=true`)).status).toBe(204);
  expect([(await call(`GET ${path}`)).status, await tables()]).toEqual([404, []]);
  const { body: log } = await call("GET /v1/audit?limit=6");
  const actions = (log["items"] as { action: string }[]).map(({ action }) => action.replace("pipeline.", ""));
  expect(actions).toEqual(["delete", "teardown", "setup", "teardown", "setup", "create"]);
});

test("a pipeline whose side cannot make what it needs is not made, and nothing is removed while a run goes on", async () => {
  const { call, store, body, source } = await newStage();
  await store.connections.update(
    source.id,
    { version: undefined, change: () => ({ config: { folder: "/nowhere" }, secrets: {} }) },
    ACTOR,
  );
  const before = (await call("GET /v1/pipelines")).body["items"];
  expect((await call("POST /v1/pipelines?setup=true", { body })).status).toBe(503);
  expect((await call("GET /v1/pipelines")).body["items"]).toEqual(before);
  const { id } = await store.pipelines.create(body, ACTOR);
  expect((await call(`POST /v1/pipelines/${id}/teardown`)).status).toBe(503);
  // it failed, and may have removed something before
  expect((await call("GET /v1/audit?limit=1")).body["items"]).toMatchObject([
    { action: "pipeline.teardown", target: id },
  ]);
  const run = await store.runs.create({ pipelineId: id, options: {}, reason: "manual" }, ACTOR);
  await store.heldRuns.start({ runId: run.id, worker: "w" });
  for (const request of [`POST /v1/pipelines/${id}/teardown`, `DELETE /v1/pipelines/${id}?teardown=true`])
    expect(await call(request)).toMatchObject({ status: 409, body: { code: "in_use" } });
  const text = JSON.stringify({});
  await expect(store.memories.writeIdle(id, { name: "source-config", text })).rejects.toMatchObject({
    reason: "in_use",
  });
});

test("a connection is tried with what its connector renewed, until its owner changes that", async () => {
  const { call, store, body, source, folder } = await newStage();
  const owned = { folder: "/nowhere" };
  const change = (config: object) => ({ version: undefined, change: () => ({ config: { ...config }, secrets: {} }) });
  await store.connections.update(source.id, change(owned), ACTOR);
  const check = async () => (await call(`POST /v1/connections/${source.id}/check`)).body["status"];
  expect(await check()).toBe("failed");
  const { id } = await store.pipelines.create(body, ACTOR);
  const text = JSON.stringify({ folder: { before: "/nowhere", after: folder } });
  await store.memories.writeIdle(id, { name: "source-config", text });
  expect(await check()).toBe("succeeded");
  expect((await call(`POST /v1/connections/${source.id}/discover`)).body["streams"]).toMatchObject([{ name: "items" }]);
  // as a change would make it, of which nothing is stored
  const tried = async (config: object) =>
    (await call(`POST /v1/connections/${source.id}/try`, { body: { config } })).body["status"];
  expect([await tried({ folder: "/elsewhere" }), await tried(owned), await tried({ folder })]).toEqual([
    "failed",
    "succeeded",
    "succeeded",
  ]);
  expect(await check()).toBe("succeeded");
  await store.connections.update(source.id, change({ folder: "/elsewhere" }), ACTOR);
  expect(await check()).toBe("failed");
});
