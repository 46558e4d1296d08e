import { afterAll, expect, test } from "vitest";
import { load, openLoading } from "./fixtures/in-process.ts";
import { completeLine, configured, recordLine } from "./fixtures/lines.ts";
import { addSpreadsheet, startTestEmulator, type TestSpreadsheet } from "./fixtures/spreadsheet.ts";

const emulator = await startTestEmulator();
afterAll(() => emulator.close());

const streams = [configured("customers")];
const customer = (id: string, name: string) => recordLine("customers", { id, name });

function sheetIdOf({ id }: TestSpreadsheet, title: string): number {
  return emulator.read(id).sheets.find(({ properties }) => properties.title === title)?.properties.sheetId ?? -1;
}

function byFirst([one]: unknown[], [other]: unknown[]): number {
  return String(one).localeCompare(String(other));
}

/** A file with three customers. */
async function three(): Promise<TestSpreadsheet & { sheetId: number }> {
  const sheet = addSpreadsheet(emulator);
  await load({ config: sheet.config, streams }, [customer("a", "Ada"), customer("b", "Bea"), customer("c", "Cy")]);
  return { ...sheet, sheetId: sheetIdOf(sheet, "customers") };
}

test("columns that a person adds, moves and formats, and tabs of theirs, are not touched", async () => {
  const { id, config, table, sheetId } = await three();
  const format = { userEnteredFormat: { textFormat: { italic: true } } };
  emulator.act(id, [
    { insertDimension: { range: { sheetId, dimension: "COLUMNS", startIndex: 2, endIndex: 3 } } },
    { appendDimension: { sheetId, dimension: "COLUMNS", length: 1 } },
    { repeatCell: { range: { sheetId, startRowIndex: 1, endRowIndex: 3 }, cell: format, fields: "userEnteredFormat" } },
    { addSheet: { properties: { title: "Mine" } } },
  ]);
  emulator.type(id, "customers!C1:C3", [["score"], ["=LEN(B2)"], ["7"]]);
  emulator.type(id, "customers!E1:E2", [["comment"], ["call back"]]);
  emulator.type(id, "Mine!A1:A1", [["=COUNTA(customers!B:B)"]]);
  const wide = { id: { type: "string" }, name: { type: "string" }, email: { type: "string" } };
  await load({ config, streams: [configured("customers", { properties: wide })] }, [
    recordLine("customers", { id: "a", name: "Ada L.", email: "ada@example.com" }),
    customer("d", "Dee"),
  ]);
  expect(table("customers")).toEqual([
    ["id", "score", "name", "comment", "email"],
    ["a", "=LEN(B2)", "Ada L.", "call back", "ada@example.com"],
    ["b", 7, "Bea"],
    ["c", "", "Cy"],
    ["d", "", "Dee"],
  ]);
  expect(table("Mine")).toEqual([["=COUNTA(customers!B:B)"]]);
  const sheet = emulator.read(id).sheets.find(({ properties }) => properties.sheetId === sheetId);
  expect(sheet?.data?.[0]?.rowData[1]?.values[1]).toMatchObject(format);
});

test("a column of a person's that has the name of a new property stays theirs", async () => {
  const { id, config, table, sheetId } = await three();
  emulator.act(id, [{ appendDimension: { sheetId, dimension: "COLUMNS", length: 1 } }]);
  emulator.type(id, "customers!D1:D2", [["phone"], ["my own"]]);
  await load({ config, streams }, [recordLine("customers", { id: "a", name: "Ada", phone: "1" })]);
  expect(table("customers").slice(0, 2)).toEqual([
    ["id", "name", "phone", "phone (2)"],
    ["a", "Ada", "my own", 1].map((cell) => (cell === 1 ? "1" : cell)),
  ]);
  await load({ config, streams }, [recordLine("customers", { id: "b", name: "Bea", phone: "2" })]);
  expect(table("customers")[2]).toEqual(["b", "Bea", "", "2"]);
});

test("a tab that was renamed, sorted and has rows of a person's below is written where its rows are", async () => {
  const { id, config, table, sheetId, titles } = await three();
  const range = { sheetId, startRowIndex: 1, endRowIndex: 4 };
  emulator.act(id, [
    { updateSheetProperties: { properties: { sheetId, title: "Our people" }, fields: "title" } },
    { sortRange: { range, sortSpecs: [{ dimensionIndex: 1, sortOrder: "DESCENDING" }] } },
  ]);
  emulator.type(id, "Our people!C6:C6", [["three in all"]]);
  await load({ config, streams }, [customer("c", "Cyd"), customer("d", "Dee"), customer("a", "Ada L.")]);
  expect(table("Our people")).toEqual([
    ["id", "name"],
    ["c", "Cyd"],
    ["b", "Bea"],
    ["a", "Ada L."],
    [],
    ["", "three in all"],
    ["d", "Dee"],
  ]);
  expect(titles()).toEqual(["Sluice", "Sheet1", "Our people"]);
});

test.each([
  [
    "sorts rows",
    [
      {
        sortRange: {
          range: { startRowIndex: 1, endRowIndex: 4 },
          sortSpecs: [{ dimensionIndex: 1, sortOrder: "DESCENDING" }],
        },
      },
    ],
  ],
  [
    "swaps two rows",
    [
      {
        sortRange: {
          range: { startRowIndex: 1, endRowIndex: 3 },
          sortSpecs: [{ dimensionIndex: 1, sortOrder: "DESCENDING" }],
        },
      },
    ],
  ],
  ["inserts a row", [{ insertDimension: { range: { dimension: "ROWS", startIndex: 1, endIndex: 2 } } }]],
  ["inserts a column", [{ insertDimension: { range: { dimension: "COLUMNS", startIndex: 0, endIndex: 1 } } }]],
  ["removes a row", [{ deleteDimension: { range: { dimension: "ROWS", startIndex: 2, endIndex: 3 } } }]],
  ["renames the tab", [{ updateSheetProperties: { properties: { title: "Renamed" }, fields: "title" } }]],
])("a person who %s while records come is seen before the next write", async (_, changes) => {
  const { id, config, table, sheetId } = await three();
  const loading = await openLoading({
    config: { ...config, checkpoint_interval_ms: 60_000 },
    streams,
    pipelineId: "p",
  });
  const inTab = JSON.parse(
    JSON.stringify(changes)
      .replaceAll('"range":{', `"range":{"sheetId":${sheetId},`)
      .replaceAll('"properties":{', `"properties":{"sheetId":${sheetId},`),
  ) as Record<string, object>[];
  emulator.act(id, inTab);
  await loading.feed([customer("c", "Cyd"), customer("d", "Dee"), customer("a", "Ada L."), completeLine("customers")]);
  await loading.receiver.end();
  const title =
    emulator.read(id).sheets.find(({ properties }) => properties.sheetId === sheetId)?.properties.title ?? "";
  const rows = table(title).map((row) => row.filter((cell) => cell !== ""));
  const expected = [
    ["a", "Ada L."],
    ["b", "Bea"],
    ["c", "Cyd"],
    ["d", "Dee"],
  ];
  const isRemoved = changes.some((change) => "deleteDimension" in change);
  expect(rows.filter((row) => row.length > 0).toSorted(byFirst)).toEqual([
    ...expected.filter(([name]) => !(isRemoved && name === "b")),
    ["id", "name"],
  ]);
});

test("a tab that is a person's own is refused with what to do, and nothing is changed", async () => {
  const sheet = addSpreadsheet(emulator);
  emulator.act(sheet.id, [{ addSheet: { properties: { title: "Customers" } } }]);
  emulator.type(sheet.id, "Customers!A1:B1", [["id", "name"]]);
  const before = emulator.read(sheet.id);
  await expect(load({ config: sheet.config, streams }, [customer("a", "Ada")])).rejects.toThrow(
    'The tab "Customers" is not of Sluice\'s making',
  );
  expect(emulator.read(sheet.id)).toEqual(before);
});

test("a copy of a column of ours that a person makes is not written, and neither is ours until one is renamed", async () => {
  const { id, config, table, sheetId } = await three();
  const options = { config: { ...config, checkpoint_interval_ms: 60_000 }, streams };
  const loading = await openLoading(options);
  const copy = (header: string) => {
    emulator.act(id, [{ insertDimension: { range: { sheetId, dimension: "COLUMNS", startIndex: 1, endIndex: 2 } } }]);
    emulator.type(id, "customers!B1:B2", [[header], ["of May"]]);
  };
  copy("name");
  const before = table("customers");
  expect(before.slice(0, 2)).toEqual([
    ["name", "id", "name"],
    ["of May", "a", "Ada"],
  ]);
  const refusal = 'The tab "customers" has two columns with the header "name"';
  await loading.feed([customer("a", "Ada L.")]);
  await expect(loading.receiver.end()).rejects.toThrow(refusal);
  await expect(load(options, [customer("a", "Ada L.")])).rejects.toThrow(refusal);
  expect(table("customers")).toEqual(before);
  emulator.type(id, "customers!B1:B1", [["name in May"]]);
  await load(options, [customer("a", "Ada L.")]);
  expect(table("customers")[1]).toEqual(["of May", "a", "Ada L."]);
  copy("_sluice");
  await expect(load(options, [customer("a", "x")])).rejects.toThrow('the header "_sluice"');
});

test("a lost ledger is made again, and tabs are known by our own column", async () => {
  const { id, config, table, titles } = await three();
  const ledger = emulator.read(id).sheets.find(({ properties }) => properties.title === "_sluice")?.properties.sheetId;
  emulator.act(id, [{ deleteSheet: { sheetId: ledger } }]);
  await load({ config, streams }, [customer("b", "Bee")]);
  expect(table("customers")).toEqual([
    ["id", "name"],
    ["a", "Ada"],
    ["b", "Bee"],
    ["c", "Cy"],
  ]);
  expect(titles()).toContain("customers");
});

test("a column without a header that a person adds while records come is not written when a new property does", async () => {
  const { id, config, table, sheetId } = await three();
  const loading = await openLoading({ config: { ...config, checkpoint_interval_ms: 60_000 }, streams });
  emulator.act(id, [{ appendDimension: { sheetId, dimension: "COLUMNS", length: 1 } }]);
  emulator.type(id, "customers!D2:D2", [["my own"]]);
  await loading.feed([recordLine("customers", { id: "a", name: "Ada", phone: "1" })]);
  await loading.receiver.end();
  expect(table("customers").slice(0, 2)).toEqual([
    ["id", "name", "", "phone"],
    ["a", "Ada", "my own", "1"],
  ]);
});

test("the overview is written where its rows are, grows when it is full, and may be deleted", async () => {
  const two = ["zebras", "apes"].map((name) => configured(name));
  const sheet = addSpreadsheet(emulator);
  const options = { config: { ...sheet.config, checkpoint_interval_ms: 60_000 }, streams: two };
  await load(options, [recordLine("zebras", { id: "1" })]);
  const overviewId = sheetIdOf(sheet, "Sluice");
  const counted = () => sheet.table("Sluice").map((row) => [row[0], row[2]]);
  const full = Array.from({ length: 247 }, (_, index) => [`other ${index}`]);
  emulator.type(sheet.id, "Sluice!A4:A250", full);
  const sorted = await openLoading({ ...options, streams: [...two, configured("new")] });
  const range = { sheetId: overviewId, startRowIndex: 1, endRowIndex: 3 };
  emulator.act(sheet.id, [{ sortRange: { range, sortSpecs: [{ dimensionIndex: 0, sortOrder: "ASCENDING" }] } }]);
  await sorted.feed([recordLine("zebras", { id: "2" })]);
  await sorted.receiver.end();
  expect(counted().filter(([name]) => !String(name).startsWith("other"))).toEqual([
    ["Stream", "Rows"],
    ["apes", 0],
    ["zebras", 2],
    ["new", 0],
  ]);
  const deleted = await openLoading(options);
  emulator.act(sheet.id, [{ deleteSheet: { sheetId: overviewId } }]);
  await deleted.feed([recordLine("apes", { id: "1" })]);
  await deleted.receiver.end();
  expect([sheet.table("apes"), sheet.titles()]).toEqual([
    [["id", "name"], ["1"]],
    ["Sheet1", "zebras", "apes", "new"],
  ]);
  await load(options, []);
  expect(counted()).toEqual([
    ["Stream", "Rows"],
    ["zebras", 2],
    ["apes", 1],
  ]);
});

test("a ledger that is deleted while records come ends the run with what to do", async () => {
  const { id, config } = await three();
  const loading = await openLoading({ config, streams, pipelineId: "p" });
  const ledger = emulator.read(id).sheets.find(({ properties }) => properties.title === "_sluice")?.properties.sheetId;
  emulator.act(id, [{ deleteSheet: { sheetId: ledger } }]);
  await loading.feed([customer("d", "Dee")]);
  await expect(loading.receiver.end()).rejects.toThrow('The hidden tab "_sluice" was deleted');
});

test("a column of ours that a person has deleted comes back, and without its key column a tab is refused", async () => {
  const { id, config, table, sheetId } = await three();
  const remove = (column: number) =>
    emulator.act(id, [
      { deleteDimension: { range: { sheetId, dimension: "COLUMNS", startIndex: column, endIndex: column + 1 } } },
    ]);
  remove(2);
  await load({ config, streams }, [customer("a", "Ada L.")]);
  expect(table("customers")).toEqual([["id", "name"], ["a", "Ada L."], ["b"], ["c"]]);
  remove(1);
  await expect(load({ config, streams }, [customer("a", "x")])).rejects.toThrow('has lost its column "id"');
});

test("a column of ours that a person deletes while records come comes back with what those records have", async () => {
  const { id, config, table, sheetId } = await three();
  const loading = await openLoading({ config: { ...config, checkpoint_interval_ms: 60_000 }, streams });
  emulator.act(id, [{ deleteDimension: { range: { sheetId, dimension: "COLUMNS", startIndex: 2, endIndex: 3 } } }]);
  await loading.feed([customer("c", "Cyd"), customer("d", "Dee")]);
  await loading.receiver.end();
  expect(table("customers")).toEqual([["id", "name"], ["a"], ["b"], ["c", "Cyd"], ["d", "Dee"]]);
});
