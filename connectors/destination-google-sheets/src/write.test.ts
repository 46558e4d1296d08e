import { afterAll, expect, test } from "vitest";
import { runDestination } from "./fixtures/destination-process.ts";
import { load } from "./fixtures/in-process.ts";
import { catalogLine, completeLine, configured, recordLine, stateLine } from "./fixtures/lines.ts";
import { addSpreadsheet, startTestEmulator } from "./fixtures/spreadsheet.ts";

const emulator = await startTestEmulator();
afterAll(() => emulator.close());

const customers = [configured("customers")];
const customer = (id: string, name: string, version?: number) =>
  recordLine("customers", { id, name }, version === undefined ? {} : { version });
const gone = (id: string, version?: number) =>
  recordLine("customers", { id }, { op: "delete", ...(version === undefined ? {} : { version }) });

test("records become rows of a tab, the newest by version, and points are echoed with what became of them", async () => {
  const { config, table, titles } = addSpreadsheet(emulator);
  const run = await runDestination(["write"], {
    config,
    input: [
      catalogLine(customers),
      customer("b", "Bea", 2),
      customer("a", "Ada", 5),
      customer("a", "old", 4),
      stateLine(0, { stream: "customers" }),
      gone("b", 3),
      recordLine("customers", { name: "nobody" }),
      completeLine("customers", { records: 5 }),
    ],
  });
  expect(run.exitCode).toBe(0);
  expect(table("customers")).toEqual([["id", "name"], [], ["a", "Ada"]]);
  expect(titles()).toEqual(["Sluice", "Sheet1", "customers"]);
  const [rejected, state, status] = run.messages.map((message) => Object.values(message)[1]);
  expect(rejected).toMatchObject({
    stream: "customers",
    key: null,
    reason: expect.stringContaining('"id" is missing'),
  });
  expect(Object(state).committed.customers).toEqual({ received: 3, written: 2, skipped: 1, deleted: 0, rejected: 0 });
  expect(Object(status).committed.customers).toEqual({ received: 5, written: 2, skipped: 1, deleted: 1, rejected: 1 });
  const [header, row] = table("Sluice");
  expect(header).toEqual(["Stream", "Tab", "Rows", "Last sync (UTC)", "Rejected", "Cut or replaced values", "Status"]);
  expect(row?.toSpliced(3, 1)).toEqual(["customers", "customers", 1, 1, 0, "complete"]);
});

test("a late older record does not bring back what was deleted, in this run or a later one", async () => {
  const { config, table } = addSpreadsheet(emulator);
  const options = { config, streams: customers };
  await load(options, [customer("a", "Ada", 5), gone("a", 6), gone("never", 9), customer("a", "late", 4)]);
  expect(table("customers")).toEqual([["id", "name"]]);
  const late = await load(options, [
    customer("a", "later", 5),
    customer("never", "late", 8),
    completeLine("customers"),
  ]);
  expect(table("customers")).toEqual([["id", "name"]]);
  expect(late.echoes[0]?.counts["customers"]).toMatchObject({ received: 2, written: 0, skipped: 2 });
  await load(options, [customer("a", "again", 7)]);
  expect(table("customers")).toEqual([
    ["id", "name"],
    ["a", "again"],
  ]);
});

test("any order of the same records gives the same rows, also when each comes in a run of its own", async () => {
  const records = [
    customer("a", "one", 1),
    customer("a", "two", 2),
    customer("a", "also two", 2),
    gone("a", 2),
    customer("b", "one", 1),
    gone("b", 1),
    customer("c", "one", 1),
    gone("c", 2),
  ];
  const orders = [records, records.toReversed(), [...records.slice(3), ...records.slice(0, 3)]];
  const tables: unknown[] = [];
  for (const order of orders) {
    for (const parts of [[order], order.map((record) => [record])]) {
      const { config, table } = addSpreadsheet(emulator);
      for (const part of parts) await load({ config, streams: customers }, part);
      tables.push(
        table("customers")
          .slice(1)
          .filter((row) => row.length > 0)
          .toSorted(([one], [other]) => String(one).localeCompare(String(other))),
      );
    }
  }
  const [first = []] = tables as unknown[][][];
  expect(first.map(([id]) => id)).toEqual(["a", "b"]);
  for (const each of tables) expect(each).toEqual(first);
});

test("without versions the later record counts, and one that changes nothing is skipped", async () => {
  const { config, table } = addSpreadsheet(emulator);
  const options = { config, streams: customers };
  await load(options, [customer("a", "one"), customer("a", "two"), gone("b")]);
  const again = await load(options, [customer("a", "two"), gone("nobody"), gone("a"), completeLine("customers")]);
  expect(again.echoes[0]?.counts["customers"]).toEqual({
    received: 3,
    written: 0,
    skipped: 2,
    deleted: 1,
    rejected: 0,
  });
  expect(table("customers")).toEqual([["id", "name"]]);
});

test("a key of several properties identifies a row, whatever type they are of", async () => {
  const { config, table } = addSpreadsheet(emulator);
  const properties = { day: { type: "string", format: "date" }, id: { type: "integer" }, n: { type: "number" } };
  const options = { config, streams: [configured("days", { properties, key: ["day", "id"] })] };
  const row = (id: number, n: number) => recordLine("days", `{"day":"2026-01-02","id":${id},"n":${n}}`);
  await load(options, [row(1, 1), row(2, 2), recordLine("days", '{"day":"x","id":9007199254740993,"n":3}')]);
  await load(options, [row(2, 20), recordLine("days", '{"day":"x","id":9007199254740993,"n":30}')]);
  expect(table("days")).toEqual([
    ["day", "id", "n"],
    ["2026-01-02", "1", 1],
    ["2026-01-02", "2", 20],
    ["x", "9007199254740993", 30],
  ]);
});

test("properties that no schema tells of get columns as they come, and a property that is gone an empty cell", async () => {
  const { config, table } = addSpreadsheet(emulator);
  const options = { config, streams: [configured("free", { properties: {} })] };
  await load(options, [
    recordLine("free", { id: "a", x: 1, _sluice: "mine" }),
    recordLine("free", { id: "b", y: true }),
  ]);
  await load(options, [recordLine("free", { id: "a", z: "" })]);
  expect(table("free")).toEqual([["id", "x", "_sluice (2)", "y", "z"], ["a"], ["b", "", "", true]]);
});

test("a catalog in the middle of the input adds columns and streams", async () => {
  const { config, table } = addSpreadsheet(emulator);
  const wide = { id: { type: "string" }, name: { type: "string" }, email: { type: "string" } };
  const run = await runDestination(["write", "--pipeline", "p"], {
    config,
    input: [
      catalogLine(customers),
      customer("a", "Ada"),
      catalogLine([configured("customers", { properties: wide }), configured("orders")]),
      recordLine("customers", { id: "b", email: "b@example.com" }),
      recordLine("orders", { id: "1", name: "first" }),
      completeLine("customers"),
      completeLine("orders"),
    ],
  });
  expect(run.stderr).toBe("");
  expect(run.exitCode).toBe(0);
  expect(table("customers")).toEqual([
    ["id", "name", "email"],
    ["a", "Ada"],
    ["b", "", "b@example.com"],
  ]);
  expect(table("orders")).toEqual([
    ["id", "name"],
    ["1", "first"],
  ]);
  expect(table("Sluice").map(([stream]) => stream)).toEqual(["Stream", "customers", "orders"]);
});

test.each([
  [configured("s", { mode: "history" }), "asks for history"],
  [configured("s", { key: [], mode: "merge" }), "has no primary key"],
])("what a spreadsheet cannot keep is refused before anything is made", async (stream, words) => {
  const { config, titles } = addSpreadsheet(emulator);
  const run = await runDestination(["write"], { config, input: catalogLine([stream]) });
  expect(run.exitCode).toBe(10);
  expect(run.stderr).toContain(words);
  expect(titles()).toEqual(["Sheet1"]);
});

test("more rejected records than max_rejects end the run with 15, and all of them are told", async () => {
  const { config, table } = addSpreadsheet(emulator);
  const key = "k".repeat(10_001);
  const run = await runDestination(["write"], {
    config: { ...config, max_rejects: 2 },
    input: [
      catalogLine(customers),
      ...[null, {}, key].map((id) => recordLine("customers", { id })),
      customer("a", "Ada"),
      completeLine("customers"),
    ],
  });
  expect(run.exitCode).toBe(15);
  expect(run.messages.filter(({ type }) => type === "rejected")).toHaveLength(3);
  expect(run.stdout).not.toContain("committed");
  expect(table("customers")).toEqual([["id", "name"]]);
});

test("names that differ only in case, long ones and those of our own tabs get tabs of their own", async () => {
  const { config, titles, table } = addSpreadsheet(emulator);
  const names = ["Users", "users", "sluice", "_sluice", "n".repeat(120), "it's"];
  const lines = names.map((name) => recordLine(name, { id: name }));
  await load({ config, streams: names.map((name) => configured(name)) }, lines);
  await load({ config, streams: names.map((name) => configured(name)) }, lines);
  expect(titles().slice(2)).toEqual(["Users", "users (2)", "sluice (2)", "_sluice (2)", "n".repeat(80), "it's"]);
  for (const [index, name] of names.entries()) expect(table(titles()[index + 2] ?? "")[1]).toEqual([name]);
});
