import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { expect, test } from "vitest";
import { ACTOR, newPipeline, newStore, summaryOf, whileHeld } from "../fixtures/store.ts";
import { Keyring } from "../secrets/keyring.ts";
import { auditEntries } from "./audit-log.ts";
import { Store } from "./store.ts";

const held = ({ id: runId }: { id: string }, worker: string) => ({ runId, worker });

test("a token opens until it is revoked or expires, and is stored as a hash only", async () => {
  const { store, url } = await newStore();
  const { token, text } = await store.tokens.create({ name: "me", role: "admin" }, ACTOR);
  expect(await store.tokens.find(text)).toMatchObject({ id: token.id, role: "admin" });
  expect(await store.tokens.find(`${text}x`)).toBeUndefined();
  const short = await store.tokens.create({ name: "old", role: "viewer", expiresAt: new Date(0) }, ACTOR);
  expect(await store.tokens.find(short.text)).toBeUndefined();
  await expect(store.tokens.revoke(token.id, ACTOR)).rejects.toThrow("last admin token");
  await store.tokens.create({ name: "other", role: "admin" }, ACTOR);
  await store.tokens.revoke(token.id, ACTOR);
  expect(await store.tokens.find(text)).toBeUndefined();
  expect(await dump(url)).not.toContain(text.slice("sluice_".length));
});

test("the first admin token is made once, however many programs start at once", async () => {
  const { store, url } = await newStore();
  const others = await Promise.all([1, 2, 3].map(() => Store.open(url, new Keyring([randomBytes(32)]))));
  const made = await Promise.all([store, ...others].map((each) => each.tokens.createFirst()));
  expect(made.filter((text) => text !== undefined)).toHaveLength(1);
  for (const each of others) await each[Symbol.asyncDispose]();
});

test("secrets are stored in envelopes, kept by a change that leaves them out, and survive a rotation of the key", async () => {
  const [old, current] = [randomBytes(32), randomBytes(32)];
  const { store, url } = await newStore(new Keyring([old]));
  const config = { connector: "source-x", kind: "source", config: { a: 1 } } as const;
  const { id, version } = await store.connections.create(
    { name: "x", ...config, secrets: { "auth.key": "canary-secret" } },
    ACTOR,
  );
  const change = ({ secrets }: { secrets: Record<string, unknown> }) => ({ config: { a: 2 }, secrets });
  const updated = await store.connections.update(id, { version, change }, ACTOR);
  expect(updated).toMatchObject({ version: 2, config: { a: 2 }, secrets_set: ["auth.key"] });
  await expect(store.connections.update(id, { version, change }, ACTOR)).rejects.toThrow("was changed meanwhile");
  expect(JSON.stringify(await store.connections.list({ after: undefined, limit: 50 }))).not.toContain("canary");

  await using rotated = await Store.open(url, new Keyring([current, old]));
  expect(await rotated.rotateKeys(ACTOR)).toBe(1);
  await rotated.database.transaction(async (client) => {
    // what is sealed with the newest key already is not waited for
    await client.query("SELECT 1 FROM connections FOR UPDATE");
    expect(await rotated.rotateKeys(ACTOR)).toBe(0);
  });
  await using later = await Store.open(url, new Keyring([current]));
  expect(await later.connections.withSecrets(id)).toMatchObject({ secrets: { "auth.key": "canary-secret" } });
  const everything = await dump(url);
  for (const form of [
    "canary",
    Buffer.from("canary-secret").toString("hex"),
    Buffer.from("canary-secret").toString("base64"),
  ])
    expect(everything).not.toContain(form);
});

test("what is used is not deleted, and what is not there is told", async () => {
  const { store } = await newStore();
  const { source, pipeline } = await newPipeline(store);
  await expect(store.connections.remove(source.id, undefined, ACTOR)).rejects.toThrow('is used by "counting"');
  await expect(store.pipelines.create({ ...pipeline, source_id: pipeline.destination_id }, ACTOR)).rejects.toThrow(
    "source_id: there is no source connection",
  );
  await store.pipelines.remove(pipeline.id, undefined, ACTOR);
  await store.connections.remove(source.id, undefined, ACTOR);
  for (const things of [store.connections, store.pipelines, store.runs])
    await expect(things.get("x")).rejects.toMatchObject({ reason: "not_found" });
});

test("of a pipeline one run goes on at a time, and only the worker that holds it may end it", async () => {
  const { store } = await newStore();
  const { pipeline } = await newPipeline(store);
  const wish = { pipelineId: pipeline.id, options: {}, reason: "manual" } as const;
  const [first, second] = [await store.runs.create(wish, ACTOR), await store.runs.create(wish, ACTOR)];
  expect(await store.heldRuns.start(held(first, "a"))).toMatchObject({ status: "running" });
  expect(await store.heldRuns.start(held(second, "b"))).toMatchObject({
    because: `The run ${first.id} of the pipeline comes first.`,
  });
  await expect(store.pipelines.remove(pipeline.id, undefined, ACTOR)).rejects.toThrow("goes on");
  expect(await store.heldRuns.start(held(first, "b"))).toMatchObject({ because: "The worker a has it." });
  // a worker that is taken for dead
  await store.database.pool.query("UPDATE runs SET held_until = now() WHERE id = $1", [first.id]);
  expect(await store.heldRuns.start(held(first, "b"))).toMatchObject({ worker: "b" });
  expect(await store.heldRuns.end(held(first, "a"), summaryOf(first))).toBe(false);
  expect(await store.heldRuns.end(held(first, "b"), summaryOf(first))).toBe(true);
  expect(await store.heldRuns.start(held(first, "b"))).toBeUndefined();
  expect(await store.heldRuns.start(held(second, "b"))).toMatchObject({ status: "running" });
});

test("a run that has not begun is cancelled at once, any other one is asked to end", async () => {
  const { store } = await newStore();
  const { pipeline } = await newPipeline(store);
  const wish = { pipelineId: pipeline.id, options: {}, reason: "manual" } as const;
  const queued = await store.runs.create(wish, ACTOR);
  expect(await store.runs.cancel(queued.id, ACTOR)).toMatchObject({ status: "stopped" });
  expect(await store.heldRuns.start(held(queued, "a"))).toBeUndefined();
  await expect(store.runs.cancel(queued.id, ACTOR)).rejects.toThrow("has ended already");
  const running = await store.runs.create(wish, ACTOR);
  await store.heldRuns.start(held(running, "a"));
  expect(await store.runs.cancel(running.id, ACTOR)).toMatchObject({ status: "running" });
  expect(await store.heldRuns.isCancelRequested(running.id)).toBe(true);
  await store.pipelines.update(pipeline.id, { version: undefined, fields: { paused: true } }, ACTOR);
  await expect(store.runs.create(wish, ACTOR)).rejects.toThrow("is paused");
});

test("no run of a pipeline begins while it is held, and then it is as it was, unless somebody changed it", async () => {
  const { store } = await newStore();
  const { pipeline } = await newPipeline(store);
  const run = await store.runs.create({ pipelineId: pipeline.id, options: {}, reason: "manual" }, ACTOR);
  const failing = store.pipelines.whileHeld(pipeline.id, async () => {
    expect(await store.heldRuns.start(held(run, "a"))).toMatchObject({ because: "The pipeline is paused." });
    throw new Error("it failed");
  });
  await expect(failing).rejects.toThrow("it failed");
  expect(await store.pipelines.get(pipeline.id)).toMatchObject({ paused: false, version: 1 });
  const pause = { version: undefined, fields: { paused: true } };
  await store.pipelines.whileHeld(pipeline.id, () => store.pipelines.update(pipeline.id, pause, ACTOR));
  expect(await store.pipelines.get(pipeline.id)).toMatchObject({ paused: true });
  await store.pipelines.release(pipeline.id, 2);
  await store.heldRuns.start(held(run, "a"));
  await expect(store.pipelines.whileHeld(pipeline.id, async () => {})).rejects.toMatchObject({ reason: "in_use" });
  expect(await store.pipelines.get(pipeline.id)).toMatchObject({ paused: false });
});

test("a run's log is numbered, bounded, and read from where somebody left off", async () => {
  const { store } = await newStore();
  const { pipeline } = await newPipeline(store);
  const { id } = await store.runs.create({ pipelineId: pipeline.id, options: {}, reason: "manual" }, ACTOR);
  const lines = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ level: "info", side: "source", message: `line ${index}` }) as const);
  await whileHeld(store, id, async (by) => {
    await Promise.all([store.runs.log(by, lines(6000)), store.runs.log(by, lines(6000))]);
    await store.runs.log(by, [{ level: "warn", side: "destination", stream: "s", message: "x".repeat(20_000) }]);
  });
  const { items: all } = await store.runs.logs(id, {}, { after: undefined, limit: 20_000 });
  expect(all).toHaveLength(10_000);
  expect(all.map(({ number }) => number)).toEqual(Array.from({ length: 10_000 }, (_, index) => index + 2002));
  expect((await store.runs.logs(id, {}, { after: ["12000"], limit: 10 })).items[0]).toMatchObject({
    level: "warn",
    stream: "s",
  });
  expect(all.at(-1)?.message).toHaveLength(10_000);
  const found = await store.runs.logs(id, { levels: ["info"], contains: "LINE 5999" }, { after: undefined, limit: 10 });
  expect(found.items.map(({ message }) => message)).toEqual(["line 5999", "line 5999"].slice(0, found.items.length));
  expect(found.items.length).toBeGreaterThan(0);
});

test("every change is in the audit log with who made it, newest first", async () => {
  const { store } = await newStore();
  const { pipeline } = await newPipeline(store);
  await store.pipelines.update(pipeline.id, { version: 1, fields: { paused: true } }, { tokenId: "t", requestId: "r" });
  const { items } = await auditEntries(store.database.pool, { after: undefined, limit: 10 });
  const [last, ...earlier] = items;
  expect(last).toMatchObject({ token_id: "t", request_id: "r", action: "pipeline.update", detail: { paused: true } });
  expect(earlier.map(({ action }) => action)).toEqual(["pipeline.create", "connection.create", "connection.create"]);
  const second = await auditEntries(store.database.pool, { after: [last?.number ?? ""], limit: 1 });
  expect(second).toEqual({ items: earlier.slice(0, 1), next: [earlier[0]?.number] });
});

/** Everything that is in the database, as text. */
async function dump(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows: tables } = await client.query<{ name: string }>(
    "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'sluice'",
  );
  const texts = [];
  for (const { name } of tables)
    texts.push((await client.query<{ text: string }>(`SELECT row_to_json(t)::text AS text FROM ${name} t`)).rows);
  await client.end();
  return JSON.stringify(texts);
}

test("a connection that breaks in the middle of a transaction fails that, and nothing else", async () => {
  const { store } = await newStore();
  const broken = store.database.transaction(async (client) => {
    const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    await store.database.pool.query("SELECT pg_terminate_backend($1)", [rows[0]?.pid]);
    // as when it is away while something else is waited for
    await new Promise((resolve) => setTimeout(resolve, 100));
    await client.query("SELECT 1");
  });
  await expect(broken).rejects.toThrow(/connection/i);
  expect((await store.database.pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  // of a machine that is lost in one, the server waits for nothing longer than that
  const { rows } = await store.database.pool.query(
    "SELECT current_setting('idle_in_transaction_session_timeout') AS it",
  );
  expect(rows).toEqual([{ it: "15s" }]);
});
