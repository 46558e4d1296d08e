import { afterAll, expect, test } from "vitest";
import { query, testDatabase } from "./fixtures/database.ts";
import { completeLine, recordLine, stateLine } from "./fixtures/lines.ts";
import { configuredStream, openWriter, writeLines } from "./fixtures/open-writer.ts";

const database = await testDatabase();
afterAll(() => database.drop());

const ITEM = { id: { type: "string" }, amount: { type: "integer" } };
const stream = (name: string, generation?: string, keys = ["id"]) =>
  configuredStream(name, ITEM, {
    mode: "overwrite",
    keys,
    ...(generation === undefined ? {} : { generation_id: generation }),
  });
const rows = (name: string) => query(database.url, `SELECT id, amount::int FROM ${name} ORDER BY id, amount`);
const records = (name: string, ...ids: string[]) =>
  ids.map((id) => recordLine(name, { id, amount: ids.length }, { version: 1 })).join("");
const load = (name: string, generation: string, ...ids: string[]) =>
  writeLines(database.url, records(name, ...ids) + completeLine(name, ids.length), {
    stream: stream(name, generation),
  });

test("readers see the old rows until a refresh is complete, and then only the new ones", async () => {
  await load("swapped", "g1", "a", "b");
  const writer = await openWriter(database.url, [stream("swapped", "g2")], { max_batch_rows: 1 });
  await writer.send(records("swapped", "c", "d", "e"));
  expect(await rows("swapped")).toMatchObject([{ id: "a" }, { id: "b" }]);
  await writer.send(completeLine("swapped", 3));
  await writer.receiver.end();
  expect(await rows("swapped")).toMatchObject([{ id: "c" }, { id: "d" }, { id: "e" }]);
  expect(
    await query(database.url, "SELECT relname FROM pg_class WHERE relname LIKE '%next%' AND relkind = 'r'"),
  ).toEqual([]);
});

test("a refresh that was interrupted goes on where it was, and one that was given up leaves nothing", async () => {
  await load("resumed", "g1", "old");
  const cut = await openWriter(database.url, [stream("resumed", "g2")], { pipelineId: "resumed" });
  await cut.send(records("resumed", "a") + stateLine("resumed", { seq: 1, generation_id: "g2" }));
  await cut.receiver.end();
  expect(await rows("resumed")).toMatchObject([{ id: "old" }]);
  const resumedFrom = [{ scope: "stream" as const, stream: "resumed", epoch: 1, seq: 1 }];
  await writeLines(database.url, records("resumed", "b") + completeLine("resumed", 1), {
    stream: stream("resumed", "g2"),
    pipelineId: "resumed",
    resumedFrom,
  });
  expect(await rows("resumed")).toMatchObject([{ id: "a" }, { id: "b" }]);

  const given = await openWriter(database.url, [stream("resumed", "g3")]);
  await given.send(records("resumed", "x"));
  await given.receiver.end();
  await load("resumed", "g4", "y");
  expect(await rows("resumed")).toMatchObject([{ id: "y" }]);
});

test("for a generation that is in place already, later records merge into it", async () => {
  await load("placed", "g1", "a", "b");
  await load("placed", "g1", "c");
  expect(await rows("placed")).toMatchObject([{ id: "a" }, { id: "b" }, { id: "c" }]);
});

test("a state of another generation is refused", async () => {
  const writer = await openWriter(database.url, [stream("other", "g2")]);
  await expect(writer.send(stateLine("other", { seq: 1, generation_id: "g1" }))).rejects.toMatchObject({
    code: "protocol",
  });
  await writer.receiver.abort();
});

test("a run that continues a refresh without a name is refused; a new one needs none", async () => {
  const resumedFrom = [{ scope: "stream" as const, stream: "unnamed", seq: 1 }];
  await expect(openWriter(database.url, [stream("unnamed")], { resumedFrom })).rejects.toMatchObject({
    code: "config",
  });
  const lines = (id: string) => records("unnamed", id) + completeLine("unnamed", 1);
  await writeLines(database.url, lines("a"), { stream: stream("unnamed") });
  await writeLines(database.url, lines("b"), { stream: stream("unnamed") });
  expect(await rows("unnamed")).toMatchObject([{ id: "b" }]);
});

test("a stream without a key is replaced as well, repetitions and all", async () => {
  const lines = records("keyless", "a", "a") + completeLine("keyless", 2);
  await writeLines(database.url, lines, { stream: stream("keyless", "g1", []) });
  await writeLines(database.url, lines, { stream: stream("keyless", "g2", []) });
  expect(await rows("keyless")).toHaveLength(2);
});

test("grants, views, policies, indexes and columns of somebody's own survive", async () => {
  await query(database.url, "CREATE ROLE overwrite_reader").catch(() => []);
  const kinds = {
    granted: "GRANT SELECT ON granted TO overwrite_reader",
    viewed: "CREATE VIEW viewed_ids AS SELECT id FROM viewed",
    policed: "ALTER TABLE policed ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON policed USING (true)",
    indexed: "CREATE INDEX indexed_amount ON indexed (amount)",
    noted: "ALTER TABLE noted ADD COLUMN note text",
  };
  for (const [name, change] of Object.entries(kinds)) {
    await load(name, "g1", "a");
    await query(database.url, change);
    await load(name, "g2", "b", "c");
    expect(await rows(name)).toMatchObject([{ id: "b" }, { id: "c" }]);
  }
  const [kept] = await query(
    database.url,
    `SELECT has_table_privilege('overwrite_reader', 'granted', 'SELECT') AS granted,
            (SELECT count(*)::int FROM viewed_ids) AS viewed,
            (SELECT count(*)::int FROM pg_policies WHERE tablename = 'policed') AS policies,
            to_regclass('indexed_amount') IS NOT NULL AS indexed,
            (SELECT count(*)::int FROM noted WHERE note IS NULL) AS noted`,
  );
  expect(kept).toEqual({ granted: true, viewed: 2, policies: 1, indexed: true, noted: 2 });
  await query(database.url, "DROP OWNED BY overwrite_reader");
});
