import { afterAll, expect, test } from "vitest";
import { query, testDatabase } from "./fixtures/database.ts";
import { completeLine, recordLine } from "./fixtures/lines.ts";
import { configuredStream, writeLines } from "./fixtures/open-writer.ts";

const database = await testDatabase();
afterAll(() => database.drop());

const ITEM = { id: { type: "string" }, part: { type: "integer" }, amount: { type: "integer" } };
const alive = (name: string) =>
  query(database.url, `SELECT id FROM ${name} t WHERE to_jsonb(t) ->> '_deleted_at' IS NULL ORDER BY id`);

type Load = { deletes?: string; keys?: string[]; complete?: object } & Record<string, unknown>;

function load(name: string, lines: string[], { deletes = "soft", keys = ["id"], complete, ...more }: Load = {}) {
  const end = complete === undefined ? "" : completeLine(name, lines.length, complete);
  return writeLines(database.url, lines.join("") + end, {
    stream: configuredStream(name, ITEM, { keys }),
    deletes,
    ...more,
  });
}

const upsert = (name: string, id: string, version: number, data: object = {}) =>
  recordLine(name, { id, part: 1, ...data }, { version });
const remove = (name: string, id: string, version: number) =>
  recordLine(name, { id, part: 1 }, { version, op: "delete" });

test.each(["soft", "hard"])(
  "a late older record does not bring a %s-deleted row back, and a newer one does",
  async (deletes) => {
    const name = `late_${deletes}`;
    await load(name, [upsert(name, "a", 1), remove(name, "a", 3), remove(name, "never", 3)], { deletes });
    await load(name, [upsert(name, "a", 2), upsert(name, "never", 2)], { deletes });
    expect(await alive(name)).toEqual([]);
    await load(name, [upsert(name, "a", 3), upsert(name, "never", 4)], { deletes });
    expect(await alive(name)).toEqual([{ id: "a" }, { id: "never" }]);
  },
);

test("a hard delete removes the row; its tombstone is kept as long as it is told", async () => {
  await load("hard", [upsert("hard", "a", 1), remove("hard", "a", 3)], { deletes: "hard" });
  expect(await query(database.url, "SELECT * FROM hard")).toEqual([]);
  await query(database.url, "UPDATE _sluice.tombstones SET deleted_at = now() - interval '3 days'");
  const stones = () =>
    query(database.url, `SELECT key, version::int FROM _sluice.tombstones WHERE relation = '"public"."hard"'`);
  await load("hard", [], { deletes: "hard", complete: {} });
  expect(await stones()).toMatchObject([{ key: "a", version: 3 }]);
  await load("hard", [], { deletes: "hard", tombstone_retention_days: 2, complete: {} });
  expect(await stones()).toEqual([]);
});

test("a table is not changed from soft to hard deletes, or back", async () => {
  for (const [made, asked] of [
    ["soft", "hard"],
    ["hard", "soft"],
  ] as const) {
    await load(`made_${made}`, [upsert(`made_${made}`, "a", 1)], { deletes: made });
    await expect(load(`made_${made}`, [], { deletes: asked })).rejects.toMatchObject({
      code: "config",
      message: expect.stringContaining(`was made with deletes: ${made}`),
    });
  }
});

test("an unchanged record is not written again, and yet counts as seen by whatever comes later", async () => {
  await load("seen", [upsert("seen", "a", 1, { amount: 1 })]);
  const before = await query(database.url, "SELECT xmin::text, _version FROM seen");
  const { committed } = await load("seen", [upsert("seen", "a", 9, { amount: 1 })], { complete: {} });
  expect(committed[0]?.counts).toMatchObject({ seen: { written: 0, skipped: 1 } });
  await load("seen", [upsert("seen", "a", 5, { amount: 5 }), remove("seen", "a", 6)]);
  const after = await query(database.url, "SELECT xmin::text, _version, amount::int, _deleted_at FROM seen");
  expect(after).toMatchObject([{ amount: 1, _version: "1", _deleted_at: null }]);
  expect(before).toMatchObject([{ _version: "1" }]);
  await load("seen", [upsert("seen", "a", 10, { amount: 5 })]);
  expect(await query(database.url, "SELECT amount::int FROM seen")).toEqual([{ amount: 5 }]);
});

test("batches of seen versions are forgotten when each of them is superseded, and only then", async () => {
  const batches = () => query(database.url, `SELECT id FROM _sluice.seen WHERE relation = '"public"."often"'`);
  for (let version = 1; version <= 24; version += 1)
    await load("often", [upsert("often", "a", version), upsert("often", "b", version)]);
  expect(await batches()).toHaveLength(23);
  await load("often", [upsert("often", "a", 30)], { complete: {} });
  expect(await batches()).toHaveLength(2);
  await load("often", [upsert("often", "b", 20, { amount: 7 }), upsert("often", "a", 29, { amount: 7 })]);
  expect(await query(database.url, "SELECT amount FROM often")).toEqual([{ amount: null }, { amount: null }]);
});

test.each([
  ["soft", ["id"]],
  ["hard", ["id"]],
  ["soft", ["id", "part"]],
])("a sweep with %s deletes and the key %j takes what was last seen below its version", async (deletes, keys) => {
  const name = `swept_${deletes}_${keys.length}`;
  const old = ["gone", "unchanged", "changed", "rejected"].map((id) => upsert(name, id, 1));
  await load(name, old, { deletes, keys });
  const now = [
    upsert(name, "unchanged", 8),
    upsert(name, "changed", 8, { amount: 1 }),
    upsert(name, "rejected", 8, { amount: "x" }),
  ];
  await load(name, now, { deletes, keys, complete: { sweep_version: 5 } });
  expect(await alive(name)).toEqual([{ id: "changed" }, { id: "rejected" }, { id: "unchanged" }]);
  await load(name, [upsert(name, "gone", 4)], { deletes, keys });
  expect(await alive(name)).toHaveLength(3);
});

test("when a record was rejected whose key is not known, nothing is swept", async () => {
  await load("unsure", [upsert("unsure", "a", 1)]);
  await load("unsure", [recordLine("unsure", { part: 1 }, { version: 8 })], { complete: { sweep_version: 5 } });
  expect(await alive("unsure")).toEqual([{ id: "a" }]);
});
