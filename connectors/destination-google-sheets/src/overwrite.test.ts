import { afterAll, expect, test } from "vitest";
import { load, openLoading } from "./fixtures/in-process.ts";
import { completeLine, configured, recordLine } from "./fixtures/lines.ts";
import { addSpreadsheet, startTestEmulator, type TestSpreadsheet } from "./fixtures/spreadsheet.ts";

const emulator = await startTestEmulator();
afterAll(() => emulator.close());

const row = (id: string, name: string, version?: number) =>
  recordLine("report", { id, name }, version === undefined ? {} : { version });

function options({ config }: TestSpreadsheet, generation: string, key = ["id"]) {
  const streams = [configured("report", { mode: "overwrite", generation, key })];
  return { config: { ...config, checkpoint_interval_ms: 0 }, streams, pipelineId: "p" };
}

const complete = (generation: string) => completeLine("report", { generation_id: generation });

test.each([[["id"]], [[]]])("with the key %j readers see the old rows until the refresh is complete", async (key) => {
  const sheet = addSpreadsheet(emulator);
  await load(options(sheet, "1", key), [row("a", "old"), row("b", "old"), row("c", "old"), complete("1")]);
  const old = [
    ["id", "name"],
    ["a", "old"],
    ["b", "old"],
    ["c", "old"],
  ];
  expect(sheet.table("report")).toEqual(old);
  const second = await openLoading(options(sheet, "2", key));
  await second.feed([row("d", "new")]);
  await expect.poll(() => sheet.table("report (loading)").length).toBe(2);
  expect(sheet.table("report")).toEqual(old);
  expect(sheet.titles()).not.toContain("report (loading)");
  await second.feed([complete("2")]);
  await second.receiver.end();
  expect(sheet.table("report")).toEqual([
    ["id", "name"],
    ["d", "new"],
  ]);
  expect(emulator.read(sheet.id).sheets.map(({ properties }) => properties.title)).toEqual([
    "Sluice",
    "Sheet1",
    "_sluice",
    "report",
  ]);
});

test("an interrupted refresh goes on, one that was given up is dropped, and one in place is merged into", async () => {
  const sheet = addSpreadsheet(emulator);
  const interrupted = await openLoading(options(sheet, "1"));
  await interrupted.feed([row("a", "first", 1)]);
  await expect.poll(() => sheet.table("report (loading)").length).toBe(2);
  await interrupted.receiver.abort();
  await load(options(sheet, "1"), [row("b", "first", 1), complete("1")]);
  expect(sheet.table("report")).toEqual([
    ["id", "name"],
    ["a", "first"],
    ["b", "first"],
  ]);
  const abandoned = await openLoading(options(sheet, "2"));
  await abandoned.feed([row("x", "never", 1)]);
  await expect.poll(() => sheet.table("report (loading)").length).toBe(2);
  await abandoned.receiver.abort();
  await load(options(sheet, "3"), [row("c", "third", 1), complete("3")]);
  expect(sheet.table("report")).toEqual([
    ["id", "name"],
    ["c", "third"],
  ]);
  await load(options(sheet, "3"), [row("c", "later", 2), row("d", "later", 1), complete("3")]);
  expect(sheet.table("report")).toEqual([
    ["id", "name"],
    ["c", "later"],
    ["d", "later"],
  ]);
});

test("an empty refresh empties the tab, and a state of another generation is refused", async () => {
  const sheet = addSpreadsheet(emulator);
  await load(options(sheet, "1"), [row("a", "old"), complete("1")]);
  await load(options(sheet, "2"), [complete("2")]);
  expect(sheet.table("report")).toEqual([["id", "name"]]);
  await expect(load(options(sheet, "3"), [complete("2")])).rejects.toThrow('of the generation "2"');
});

test("a person's columns, notes and formats stay, each note beside the row that it is about", async () => {
  const sheet = addSpreadsheet(emulator);
  const { id } = sheet;
  await load(options(sheet, "1"), [row("a", "old"), row("b", "old"), row("c", "old"), complete("1")]);
  const sheetId = emulator.read(id).sheets.find(({ properties }) => properties.title === "report")?.properties.sheetId;
  const format = { userEnteredFormat: { backgroundColor: { red: 1 } } };
  emulator.act(id, [
    { insertDimension: { range: { sheetId, dimension: "COLUMNS", startIndex: 2, endIndex: 3 } } },
    { repeatCell: { range: { sheetId, startRowIndex: 2, endRowIndex: 3 }, cell: format, fields: "userEnteredFormat" } },
  ]);
  emulator.type(id, "report!C1:C4", [["note"], ["of a"], ["of b"], ["of c"]]);
  const interrupted = await openLoading(options(sheet, "2"));
  await interrupted.feed([row("new", "new")]);
  await expect.poll(() => sheet.table("report (loading)").length).toBeGreaterThan(1);
  await interrupted.receiver.abort();
  await load(options(sheet, "2"), [row("c", "new"), row("a", "new"), complete("2")]);
  expect(sheet.table("report")).toEqual([
    ["id", "note", "name"],
    ["a", "of a", "new"],
    ["", "of b"],
    ["c", "of c", "new"],
    ["new", "", "new"],
  ]);
  const [, , formatted] =
    emulator.read(id).sheets.find(({ properties }) => properties.title === "report")?.data?.[0]?.rowData ?? [];
  expect(formatted?.values[2]).toMatchObject(format);
});

test.each([
  { status: 503, when: "after" as const },
  { reset: true, when: "after" as const },
  { status: 500, when: "before" as const },
])("a refresh whose placing was not answered (%j) is in place once", async (fault) => {
  const sheet = addSpreadsheet(emulator);
  await load(options(sheet, "1"), [row("a", "old"), row("b", "old"), complete("1")]);
  const second = await openLoading(options(sheet, "2"));
  await second.feed([row("b", "new"), complete("2")]);
  emulator.addFault({ ...fault, path: `${sheet.id}:batchUpdate`, times: 1 });
  await second.receiver.end();
  emulator.clearFaults();
  expect(sheet.table("report")).toEqual([
    ["id", "name"],
    ["b", "new"],
  ]);
  expect(sheet.titles()).toEqual(["Sluice", "Sheet1", "report"]);
  expect(second.echoes.map(({ point }) => point.type)).toEqual(["status"]);
});
