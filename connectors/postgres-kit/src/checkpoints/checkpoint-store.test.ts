import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDatabase } from "../server/index.ts";
import { historyLine, stateLine } from "@sluice/protocol/stdio";
import { CheckpointStore, LeaseKeeper, writerName } from "./index.ts";

const database = await createDatabase(process.env["DATABASE_URL"] ?? "");
const store = new CheckpointStore('its "own"');
const clients: pg.Client[] = [];
let client: pg.Client;

async function connect(name = "test"): Promise<pg.Client> {
  const connection = new pg.Client({ connectionString: database.url, application_name: name });
  // some of these are ended by others on purpose
  connection.on("error", () => {});
  await connection.connect();
  clients.push(connection);
  return connection;
}

beforeAll(async () => {
  client = await connect();
  await store.migrate(client);
});

afterAll(async () => {
  await Promise.all(clients.map((each) => each.end().catch(() => {})));
  await database.drop();
});

function state(seq: number, data = `{"at":${seq}}`) {
  const line = Buffer.from(`{"type":"state","state":{"seq":${seq},"scope":"stream","stream":"s","data":${data}}}`);
  return { state: { seq, scope: "stream" as const, stream: "s", data: null }, line };
}

test("a run holds its pipeline: it takes over from itself at once, and others are told who holds it and until when", async () => {
  const held = { pipelineId: "held", runId: "one" };
  expect(await store.takeOver(client, held)).toMatchObject({ epoch: 1, states: [] });
  expect(await store.takeOver(client, held)).toMatchObject({ epoch: 2 });
  for (const runId of ["two", undefined]) {
    await expect(store.takeOver(client, { pipelineId: "held", runId })).rejects.toMatchObject({
      exitCode: 16,
      message: expect.stringMatching(/held by the run "one" until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ.*--force/),
    });
  }
  expect(await store.takeOver(client, { pipelineId: "held", runId: "two", force: true })).toMatchObject({ epoch: 3 });
  await expect(store.takeOver(client, held)).rejects.toMatchObject({ exitCode: 16 });
});

test("a pipeline that is forgotten leaves nothing, and others stay as they are", async () => {
  const kept = await store.takeOver(client, { pipelineId: "stays", runId: "one" });
  const gone = await store.takeOver(client, { pipelineId: "gone", runId: "one" });
  await store.put(client, { pipelineId: "stays", epoch: kept.epoch, state: state(1) });
  await store.put(client, { pipelineId: "gone", epoch: gone.epoch, state: state(1) });
  await store.forget(client, "gone");
  expect([await store.states(client, "gone"), await store.history(client, "gone")]).toEqual([[], []]);
  expect(await store.states(client, "stays")).toHaveLength(1);
  expect(await store.takeOver(client, { pipelineId: "gone", runId: "two" })).toMatchObject({ epoch: 1 });
});

test("a lease that was released or has expired stands in nobody's way", async () => {
  const { epoch } = await store.takeOver(client, { pipelineId: "ended", runId: "one" });
  await store.releaseLease(client, { pipelineId: "ended", runId: "one", epoch });
  const two = await store.takeOver(client, { pipelineId: "ended", runId: "two", leaseMs: -1 });
  await store.takeOver(client, { pipelineId: "ended", runId: "three" });
  expect(await store.renewLease(client, { pipelineId: "ended", runId: "two", epoch: two.epoch })).toBe(false);
});

test("a lease is renewed by its keeper, and one that another run took is told once", async () => {
  const { epoch } = await store.takeOver(client, { pipelineId: "kept", runId: "one", leaseMs: -1 });
  const own = await connect();
  let losses = 0;
  const lost = Promise.withResolvers<void>();
  using keeper = new LeaseKeeper(
    {
      renew: () => store.renewLease(own, { pipelineId: "kept", runId: "one", epoch }),
      lost: () => {
        losses += 1;
        lost.resolve();
      },
    },
    5,
  );
  expect(keeper).toBeDefined();
  await expect
    .poll(() => client.query(`SELECT 1 FROM "its ""own""".leases WHERE pipeline_id = 'kept' AND expires_at > now()`))
    .toMatchObject({ rowCount: 1 });
  await expect(store.takeOver(client, { pipelineId: "kept", runId: "two" })).rejects.toMatchObject({ exitCode: 16 });
  await store.takeOver(client, { pipelineId: "kept", runId: "two", force: true });
  await lost.promise;
  expect(losses).toBe(1);
});

test("of ten runs at once one gets the pipeline", async () => {
  const each = await Promise.all(Array.from({ length: 10 }, () => connect()));
  const outcomes = await Promise.allSettled(
    each.map((one, index) => store.takeOver(one, { pipelineId: "wanted", runId: `run ${index}` })),
  );
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome.status === "rejected" && outcome.reason.exitCode === 16)).toHaveLength(9);
});

test("a writer that stopped in the middle of its commit is ended, and cannot commit any more", async () => {
  const pipelineId = "frozen";
  const { epoch } = await store.takeOver(client, { pipelineId });
  const frozen = await connect(writerName({ pipelineId, epoch }));
  await frozen.query("BEGIN");
  await store.put(frozen, { pipelineId, epoch, state: state(1) });
  expect(await store.takeOver(client, { pipelineId })).toMatchObject({ epoch: 2, states: [] });
  await expect(frozen.query("COMMIT")).rejects.toThrow(/terminat|connection/i);
  expect(await store.states(client, pipelineId)).toEqual([]);
});

test("sessions of other pipelines and of newer writers are left alone", async () => {
  const other = await connect(writerName({ pipelineId: "other", epoch: 1 }));
  const newer = await connect(writerName({ pipelineId: "mine", epoch: 7 }));
  const older = await connect(writerName({ pipelineId: "mine", epoch: 0 }));
  await store.takeOver(client, { pipelineId: "mine" });
  await expect(older.query("SELECT 1")).rejects.toThrow(/terminat|connection/i);
  await Promise.all([other.query("SELECT 1"), newer.query("SELECT 1")]);
});

test("an older writer cannot store a state", async () => {
  const { epoch } = await store.takeOver(client, { pipelineId: "taken" });
  await store.takeOver(client, { pipelineId: "taken" });
  const late = { pipelineId: "taken", epoch };
  await expect(store.put(client, { ...late, state: state(1) })).rejects.toMatchObject({ code: "protocol" });
  await expect(store.assertEpoch(client, late)).rejects.toMatchObject({ code: "protocol" });
  expect(await store.states(client, "taken")).toEqual([]);
});

test("the last 50 states of a scope are kept, token by token, and the newest is where to resume", async () => {
  const pipelineId = "long";
  const { epoch } = await store.takeOver(client, { pipelineId });
  for (let seq = 1; seq <= 60; seq += 1)
    await store.put(client, { pipelineId, epoch, state: state(seq, `{"at":1.10}`) });
  const history = await store.history(client, pipelineId);
  expect(history.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, index) => index + 11));
  expect(historyLine(history[0] as (typeof history)[0])).toMatch(/"committed_at":"[^"]+Z","data":\{"at":1\.10\}\}\}$/);
  const states = await store.states(client, pipelineId);
  expect(states.map(stateLine)).toEqual([
    '{"type":"state","state":{"seq":60,"scope":"stream","stream":"s","epoch":1,"data":{"at":1.10}}}',
  ]);
});

test("the id that put answers tells how the transaction ended", async () => {
  const { epoch } = await store.takeOver(client, { pipelineId: "ids" });
  const status = async (end: "COMMIT" | "ROLLBACK") => {
    await client.query("BEGIN");
    const xid = await store.put(client, { pipelineId: "ids", epoch, state: state(1) });
    await client.query(end);
    return (await client.query("SELECT pg_xact_status($1::xid8) AS status", [xid])).rows[0].status;
  };
  expect([await status("COMMIT"), await status("ROLLBACK")]).toEqual(["committed", "aborted"]);
});
