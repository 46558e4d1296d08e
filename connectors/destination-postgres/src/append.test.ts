import { afterAll, expect, test } from "vitest";
import { query, testDatabase } from "./fixtures/database.ts";
import { completeLine, globalStateLine, recordLine, stateLine } from "./fixtures/lines.ts";
import { configuredStream, openWriter, writeLines } from "./fixtures/open-writer.ts";

const database = await testDatabase();
afterAll(() => database.drop());

const ITEM = { id: { type: "string" }, amount: { type: "integer" } };
const stream = (name: string) => configuredStream(name, ITEM, { mode: "append" });
const incremental = (name: string) => configuredStream(name, ITEM, { mode: "append", sync_mode: "incremental" });
const records = (name: string, letters: string) =>
  letters
    .split("")
    .map((id) => recordLine(name, { id }))
    .join("");
const ids = async (name: string) =>
  (await query<{ id: string }>(database.url, `SELECT id FROM ${name} ORDER BY id`)).map(({ id }) => id);

test("every record becomes a row, deletes and repetitions too, and each is counted", async () => {
  const lines =
    recordLine("all", { id: "a", amount: 1 }) +
    recordLine("all", { id: "a", amount: 1 }) +
    recordLine("all", { id: "a" }, { op: "delete", version: 3 }) +
    recordLine("all", { id: "b", amount: "x" });
  const { committed, rejected } = await writeLines(database.url, lines + completeLine("all", 4), {
    stream: stream("all"),
  });
  expect(committed[0]?.counts).toEqual({ all: { received: 4, written: 2, skipped: 0, deleted: 1, rejected: 1 } });
  expect(rejected).toMatchObject([{ key: null, reason: expect.stringContaining("22P02") }]);
  expect(
    await query(database.url, 'SELECT id, amount::int, _version::int, _deleted_at IS NOT NULL AS gone FROM "all"'),
  ).toEqual([
    { id: "a", amount: 1, _version: null, gone: false },
    { id: "a", amount: 1, _version: null, gone: false },
    { id: "a", amount: null, _version: 3, gone: true },
  ]);
});

test("rows are committed with the state that covers them and never without one, however full memory is", async () => {
  const settings = { pipelineId: "once", max_batch_rows: 2 };
  const first = await openWriter(database.url, [stream("once")], settings);
  await first.send(recordLine("once", { id: "a" }) + recordLine("once", { id: "b" }) + stateLine("once", { seq: 1 }));
  await first.send(records("once", "cdefg"));
  // as after a kill: what no state covers is not there, and comes again
  await first.receiver.abort();
  expect(first.committed.map(({ point }) => point.type === "state" && point.state.seq)).toEqual([1]);
  expect(await ids("once")).toEqual(["a", "b"]);

  const resumedFrom = [{ scope: "stream" as const, stream: "once", epoch: 1, seq: 1 }];
  const second = await openWriter(database.url, [stream("once")], { ...settings, resumedFrom });
  await second.send(records("once", "cdefg") + stateLine("once", { seq: 1 }) + completeLine("once"));
  await second.receiver.end();
  expect(await ids("once")).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
});

test.each([
  { status: "incomplete", max_batch_rows: 100 },
  { status: "incomplete", max_batch_rows: 2 },
  { status: "failed", max_batch_rows: 2 },
  { status: "complete", max_batch_rows: 100 },
  { status: "complete", max_batch_rows: 2 },
])(
  "$status behind the last state keeps no row that the next run brings again, $max_batch_rows rows a batch",
  async ({ status, max_batch_rows }) => {
    const name = `${status} ${max_batch_rows}`;
    const streams = [incremental(name), configuredStream(`${name} merged`, ITEM)];
    const first = await openWriter(database.url, streams, { pipelineId: name, max_batch_rows });
    await first.send(records(name, "ab") + stateLine(name, { seq: 1 }));
    // in the same transaction, where rows are written ahead
    await first.send(records(name, "cde") + records(`${name} merged`, "x"));
    await first.send(completeLine(name, undefined, { status }) + completeLine(`${name} merged`));
    await first.receiver.end();
    expect(await ids(`"${name}"`)).toEqual(["a", "b"]);
    expect(await ids(`"${name} merged"`)).toEqual(["x"]);
    const { counts } = first.committed.findLast(({ counts }) => counts[name] !== undefined) ?? {};
    expect(counts?.[name]).toEqual({ received: 5, written: 2, skipped: 3, deleted: 0, rejected: 0 });

    const resumedFrom = [{ scope: "stream" as const, stream: name, epoch: 1, seq: 1 }];
    const second = await openWriter(database.url, [incremental(name)], { pipelineId: name, resumedFrom });
    await second.send(records(name, "cde") + stateLine(name, { seq: 1 }) + completeLine(name));
    await second.receiver.end();
    expect(await ids(`"${name}"`)).toEqual(["a", "b", "c", "d", "e"]);
  },
);

test("rejected records are counted over all transactions that are under way", async () => {
  const settings = { pipelineId: "bad", max_batch_rows: 2, max_rejects: 1 };
  const { receiver, send } = await openWriter(database.url, [stream("bad")], settings);
  const pair = recordLine("bad", { id: "a", amount: 1 }) + recordLine("bad", { id: "b", amount: "x" });
  await expect(
    send(pair + pair + stateLine("bad", { seq: 1 }) + completeLine("bad")).then(() => receiver.end()),
  ).rejects.toMatchObject({ code: "data", exitCode: 15 });
  await receiver.abort();
  expect(await ids("bad")).toEqual([]);
});

test("a source that did not continue from the committed state is refused, for its rows would be doubled", async () => {
  const lines = recordLine("twice", { id: "a" }) + stateLine("twice", { seq: 1 }) + completeLine("twice");
  await writeLines(database.url, lines, { stream: stream("twice"), pipelineId: "twice" });
  await expect(
    writeLines(database.url, lines, { stream: stream("twice"), pipelineId: "twice", resumedFrom: [] }),
  ).rejects.toMatchObject({ code: "config", message: expect.stringContaining("appended twice") });
  expect(await ids("twice")).toEqual(["a"]);
});

test("a global state shares the transaction of every row that it covers", async () => {
  const streams = [stream("one"), configuredStream("other", ITEM)];
  const writer = await openWriter(database.url, streams, { pipelineId: "global" });
  await writer.send(
    recordLine("one", { id: "a" }) + recordLine("other", { id: "b" }, { version: 1 }) + globalStateLine(1),
  );
  const [row] = await query(
    database.url,
    `SELECT (SELECT _synced_at FROM one) = (SELECT committed_at FROM _sluice.checkpoints WHERE pipeline_id = 'global') AS together`,
  );
  expect(row).toEqual({ together: true });
  await writer.send(recordLine("one", { id: "c" }));
  await writer.receiver.abort();
  expect(await ids("one")).toEqual(["a"]);
});

test("a catalog that changes while rows without a state are written is refused at once", async () => {
  const settings = { pipelineId: "early", max_batch_rows: 1, statement_timeout_ms: 2000 };
  const { receiver, send } = await openWriter(database.url, [stream("early")], settings);
  await send(records("early", "ab"));
  const wider = configuredStream("early", { ...ITEM, note: { type: "string" } }, { mode: "append" });
  await expect(receiver.schema([wider])).rejects.toMatchObject({
    code: "protocol",
    message: expect.stringContaining("max_batch_rows"),
  });
  await receiver.abort();
});

test("a database that went back behind a state that was committed is noticed, and no state stored over the gap", async () => {
  const { receiver, send } = await openWriter(database.url, [stream("back")], { pipelineId: "back" });
  const settle = () => send(completeLine("back"));
  await send(records("back", "a") + stateLine("back", { seq: 1 }));
  await receiver.schema([]);
  await query(database.url, "DELETE FROM _sluice.checkpoints WHERE pipeline_id = 'back'");
  await send(records("back", "b") + stateLine("back", { seq: 2 }));
  await expect(settle().then(() => receiver.end())).rejects.toMatchObject({
    code: "transient",
    message: expect.stringContaining("failover"),
  });
  await receiver.abort();
  expect(await ids("back")).toEqual(["a"]);
});

test("records that wait for their state survive a schema that changes in the middle", async () => {
  const { receiver, send } = await openWriter(database.url, [stream("changing")], { pipelineId: "changing" });
  await send(recordLine("changing", { id: "a" }) + recordLine("changing", { id: "b" }));
  const wider = { ...ITEM, note: { type: "string" } };
  await receiver.schema([configuredStream("changing", wider, { mode: "append" })]);
  await send(recordLine("changing", { id: "c", note: "n" }) + stateLine("changing", { seq: 1 }));
  await receiver.end();
  expect(await ids("changing")).toEqual(["a", "b", "c"]);
});
