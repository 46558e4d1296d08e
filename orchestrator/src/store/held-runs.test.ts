import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { ACTOR, newPipeline, newStore, summaryOf } from "../fixtures/store.ts";
import { Keyring } from "../secrets/keyring.ts";
import { keepLiveRuns } from "./live-runs.ts";
import { Store } from "./store.ts";

const held = ({ id: runId }: { id: string }, worker = "w") => ({ runId, worker });

async function newRuns() {
  const { store, url } = await newStore();
  const made = await newPipeline(store);
  const create = (pipelineId = made.pipeline.id) =>
    store.runs.create({ pipelineId, options: {}, reason: "manual" }, ACTOR);
  const other = async (name: string) => {
    const fields = { name, source_id: made.source.id, destination_id: made.destination.id, settings: {} };
    return (await store.pipelines.create(fields, ACTOR)).id;
  };
  return { ...made, store, url, create, other };
}

const AWAY = { side: "source", failure_type: "transient", message: "It is away." } as const;

test("a worker that no longer renews its hold loses the run, and its word does not count any more", async () => {
  const { store, create } = await newRuns();
  const run = await create();
  await store.heldRuns.start(held(run, "a"));
  expect(await store.heldRuns.renew(held(run, "a"), null)).toBe(true);
  expect(await store.heldRuns.start(held(run, "b"))).toMatchObject({ because: "The worker a has it." });
  await store.database.pool.query("UPDATE runs SET held_until = now()");
  expect(await store.heldRuns.start(held(run, "b"))).toMatchObject({ worker: "b", status: "running" });
  expect(await store.heldRuns.renew(held(run, "a"), null)).toBe(false);
  expect(await store.heldRuns.end(held(run, "a"), summaryOf(run, AWAY))).toBe(false);
  await store.heldRuns.retryLater(held(run, "a"), { summary: summaryOf(run, AWAY), delayMs: 1 });
  await store.heldRuns.release(held(run, "a"));
  // neither does what it says beside that
  expect(await store.runs.log(held(run, "a"), [{ level: "error", side: "runner", message: "Failed." }])).toBe(false);
  const totals = { read: 1, committed: 1, rejected: 0, rows_per_second: 1, bytes_per_second: 1 };
  await store.samples.take(held(run, "a"), { streams: {}, totals });
  for (const keep of [
    () => store.memories.write(held(run, "a"), { name: "generations", text: "{}" }),
    () => store.deadLetters.keep(held(run, "a"), { stream: "s", reason: "r", line: null }),
    () => store.recordings.append(held(run, "a"), 1, Buffer.from("{}\n")),
  ])
    await expect(keep()).rejects.toMatchObject({ code: "protocol" });
  const { rows } = await store.database.pool.query(
    `SELECT run_id FROM run_logs UNION ALL SELECT run_id FROM run_samples UNION ALL SELECT run_id FROM dead_letters
      UNION ALL SELECT run_id FROM run_recordings`,
  );
  expect(rows).toEqual([]);
  expect(await store.runs.get(run.id)).toMatchObject({
    ...{ status: "running", worker: "b", failed_attempts: 0 },
    attempts: [{ worker: "a", outcome: "lost", failure: null }],
  });
});

test("a run that loses worker after worker soon after the start fails in the end, and says so", async () => {
  const { store, create } = await newRuns();
  const lose = (takenAgo: string) =>
    store.database.pool.query(`UPDATE runs SET held_until = now(), taken_at = now() - interval '${takenAgo}'`);
  const run = await create();
  await store.heldRuns.start(held(run, "a"));
  await lose("1 minute");
  // what went on for long is no reason
  await store.heldRuns.start(held(run, "b"));
  await lose("1 hour");
  for (const worker of ["c", "d", "e", "f", "g"]) {
    expect(await store.heldRuns.start(held(run, worker))).toMatchObject({ status: "running", worker });
    await lose("1 minute");
  }
  expect(await store.heldRuns.start(held(run, "h"))).toBeUndefined();
  const ended = await store.runs.get(run.id);
  expect(ended).toMatchObject({ status: "failed", summary: { failure: { side: "runner", failure_type: "system" } } });
  expect(ended.summary?.failure?.message).toContain("lost 6 times in a row while it went on, last g,");
  expect(await store.heldRuns.forgotten()).toEqual([]);
  // one that was given back in order lost nobody
  const next = await create();
  for (let count = 0; count < 25; count += 1) {
    expect(await store.heldRuns.start(held(next))).toMatchObject({ status: "running" });
    await store.heldRuns.release(held(next));
  }
  const { attempts } = await store.runs.get(next.id);
  expect(attempts.map(({ outcome }) => outcome)).toEqual(Array(20).fill("given_back"));
  expect(attempts.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, index) => index + 6));
});

test("what a connector says with characters that Postgres has no place for holds up nothing", async () => {
  const { store, create } = await newRuns();
  const run = await create();
  const said = "a\0b\ud800 \\u0000";
  await store.heldRuns.start(held(run));
  await store.runs.log(held(run), [{ level: "info", side: "source", message: said }]);
  const { items } = await store.runs.logs(run.id, {}, { after: undefined, limit: 10 });
  expect(items.map(({ message }) => message)).toEqual(["a\uFFFDb\uFFFD \\u0000"]);
  const failed = summaryOf(run, { ...AWAY, message: said });
  await store.heldRuns.retryLater(held(run), { summary: failed, delayMs: 0 });
  await store.heldRuns.start(held(run));
  expect(await store.heldRuns.end(held(run), failed)).toBe(true);
  expect((await store.runs.get(run.id)).summary?.failure?.message).toBe("a\uFFFDb\uFFFD \\u0000");
});

test("the runs of a pipeline come in order, and one that waits for its next attempt lets the others pass", async () => {
  const { store, create } = await newRuns();
  const [first, second] = [await create(), await create()];
  expect(await store.heldRuns.start(held(second))).toMatchObject({
    because: `The run ${first.id} of the pipeline comes first.`,
  });
  expect((await store.runs.get(second.id)).waiting_because).toContain("comes first");
  await store.heldRuns.start(held(first));
  await store.heldRuns.retryLater(held(first), { summary: summaryOf(first, AWAY), delayMs: 60_000 });
  expect(await store.runs.get(first.id)).toMatchObject({
    status: "queued",
    failed_attempts: 1,
    waiting_because: "Its last attempt failed: It is away.",
    attempts: [{ worker: held(first).worker, outcome: "failed", tries: 1, failure: { failure_type: "transient" } }],
  });
  const wait = await store.heldRuns.start(held(first));
  expect(wait).toMatchObject({ because: "Its last attempt failed: It is away." });
  expect(wait !== undefined && "againInMs" in wait && wait.againInMs).toBeGreaterThan(50_000);
  expect(await store.heldRuns.start(held(second))).toMatchObject({ status: "running", waiting_because: null });
});

test("a paused pipeline begins nothing that was in the queue already", async () => {
  const { store, create, pipeline } = await newRuns();
  const run = await create();
  await store.pipelines.update(pipeline.id, { version: undefined, fields: { paused: true } }, ACTOR);
  expect(await store.heldRuns.start(held(run))).toMatchObject({ because: "The pipeline is paused." });
  await store.pipelines.update(pipeline.id, { version: undefined, fields: { paused: false } }, ACTOR);
  expect(await store.heldRuns.start(held(run))).toMatchObject({ status: "running" });
});

test("a run that begins and who changes or deletes its pipeline wait for each other", async () => {
  const { store, create, pipeline } = await newRuns();
  const run = await create();
  const { pool } = store.database;
  const waiting = async () =>
    (
      await pool.query(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      )
    ).rowCount;
  let beginning: Promise<unknown> | undefined;
  await store.database.transaction(async (client) => {
    await client.query("SELECT 1 FROM pipelines WHERE id = $1 FOR UPDATE", [pipeline.id]);
    beginning = store.heldRuns.start(held(run));
    await expect.poll(waiting, { timeout: 10_000 }).toBe(1);
    await client.query("DELETE FROM pipelines WHERE id = $1", [pipeline.id]);
  });
  expect(await beginning).toBeUndefined();
});

test("a live run ends when its pipeline or a connection was changed since it began, whatever clocks say", async () => {
  const { store, pipeline, source } = await newRuns();
  await store.pipelines.update(pipeline.id, { version: undefined, fields: { settings: { live: true } } }, ACTOR);
  await keepLiveRuns(store.database);
  const [id = ""] = await store.heldRuns.waitingLive();
  await store.heldRuns.start(held({ id }));
  const { pool } = store.database;
  await pool.query("UPDATE pipelines SET updated_at = now() + interval '1 hour'");
  expect(await store.heldRuns.whyToEnd(id)).toBeUndefined();
  await store.connections.update(source.id, { version: undefined, change: (now) => now }, ACTOR);
  await pool.query("UPDATE connections SET updated_at = now() - interval '1 hour'");
  expect(await store.heldRuns.whyToEnd(id)).toBe("its pipeline or a connection was changed");
});

test("no more runs use a connection at the same time than may, however many workers begin at once", async () => {
  const { store, url, create, other, source } = await newRuns();
  const change = (now: { config: Record<string, unknown>; secrets: Record<string, unknown> }) => ({
    ...now,
    concurrent_runs: 3,
  });
  await store.connections.update(source.id, { version: undefined, change }, ACTOR);
  const runs = [];
  for (let count = 0; count < 10; count += 1) runs.push(await create(await other(`p${count}`)));
  await using second = await Store.open(url, new Keyring([randomBytes(32)]));
  const answers = await Promise.all(
    runs.map((run, index) => (index % 2 === 0 ? store : second).heldRuns.start(held(run))),
  );
  const begun = answers.filter((answer) => answer !== undefined && "status" in answer);
  expect(begun).toHaveLength(3);
  const [waiting] = answers.filter((answer) => answer !== undefined && "because" in answer);
  expect(waiting).toMatchObject({ because: 'As many runs use the connection "numbers" as may (3).' });
});

test("a worker is listed with the runs that it holds", async () => {
  const { store, create } = await newRuns();
  const run = await create();
  for (const name of ["host/1/a", "host/1/ab"]) await store.workers.see(name, 2);
  await store.heldRuns.start(held(run, "host/1/ab/1"));
  expect((await store.workers.list()).map(({ name, run_ids }) => [name, run_ids])).toEqual([
    ["host/1/a", []],
    ["host/1/ab", [run.id]],
  ]);
});

test("what nobody holds is offered to the queue again, and by one program only", async () => {
  const { store, url, create, other } = await newRuns();
  await using second = await Store.open(url, new Keyring([randomBytes(32)]));
  const [queued, running, lost, waiting] = [
    await create(),
    await create(await other("a")),
    await create(await other("b")),
    await create(await other("c")),
  ];
  for (const run of [running, lost, waiting]) await store.heldRuns.start(held(run));
  await store.heldRuns.retryLater(held(waiting), { summary: summaryOf(waiting, AWAY), delayMs: 60_000 });
  expect(await store.heldRuns.forgotten()).toEqual([]);
  await store.database.pool.query("UPDATE runs SET created_at = created_at - interval '1 minute'");
  await store.database.pool.query("UPDATE runs SET held_until = now() WHERE id = $1", [lost.id]);
  // some of them begin before others have ended
  const programs = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? store : second));
  const offered = (await Promise.all(programs.map((each) => each.heldRuns.forgotten()))).flat();
  expect(new Set(offered.map(({ id }) => id))).toEqual(new Set([queued.id, lost.id, waiting.id]));
  expect(offered).toHaveLength(3);
  expect(offered.find(({ id }) => id === waiting.id)?.delayMs).toBeGreaterThan(50_000);
  expect(await store.heldRuns.forgotten()).toEqual([]);
});

test("what is offered again comes in the order in which it came", async () => {
  const { store, create, other } = await newRuns();
  const ids: string[] = [];
  for (const name of "abcdefgh") ids.push((await create(await other(name))).id);
  await store.database.pool.query("UPDATE runs SET created_at = created_at - interval '1 minute'");
  expect((await store.heldRuns.forgotten()).map(({ id }) => id)).toEqual(ids);
});

test("when the database's clock is set back, what a lost worker held and what was put off does not wait for the old time", async () => {
  const { store, create, other } = await newRuns();
  const [lost, later] = [await create(), await create(await other("a"))];
  for (const run of [lost, later]) await store.heldRuns.start(held(run));
  await store.heldRuns.retryLater(held(later), { summary: summaryOf(later, AWAY), delayMs: 60_000 });
  const hour = "interval '1 hour'";
  await store.database.pool.query(
    `UPDATE runs SET created_at = created_at + ${hour}, taken_at = taken_at + ${hour}, held_until = held_until + ${hour},
            offered_at = now() + ${hour}, not_before = not_before + ${hour}`,
  );
  expect((await store.heldRuns.forgotten()).map(({ id, delayMs }) => [id, delayMs])).toEqual([
    [lost.id, 0],
    [later.id, 0],
  ]);
  for (const run of [lost, later])
    expect(await store.heldRuns.start(held(run, "b"))).toMatchObject({ worker: "b", status: "running" });
});

test("what a run is to remember is sealed, kept for the next one, and survives a rotation of the key", async () => {
  const [old, current] = [randomBytes(32), randomBytes(32)];
  const { store, url } = await newStore(new Keyring([old]));
  const { pipeline } = await newPipeline(store);
  const run = await store.runs.create({ pipelineId: pipeline.id, options: {}, reason: "manual" }, ACTOR);
  await store.heldRuns.start(held(run));
  await store.memories.write(held(run), { name: "source-config", text: '{"token":"canary"}' });
  await store.memories.write(held(run), { name: "source-config", text: '{"token":"canary-2"}' });
  expect(await store.memories.read(pipeline.id)).toEqual({ "source-config": '{"token":"canary-2"}' });
  const { rows } = await store.database.pool.query("SELECT m::text AS text, sealed FROM memories m");
  expect(Buffer.from(rows[0].sealed).toString("latin1")).not.toContain("canary");
  await using rotated = await Store.open(url, new Keyring([current, old]));
  // two connections and the memory
  expect(await rotated.rotateKeys(ACTOR)).toBe(3);
  await using later = await Store.open(url, new Keyring([current]));
  expect(await later.memories.read(pipeline.id)).toEqual({ "source-config": '{"token":"canary-2"}' });
  await store.pipelines.update(pipeline.id, { version: undefined, fields: { paused: true } }, ACTOR);
});
