import { ConfiguredStream } from "@sluice/protocol";
import { afterAll, expect, test } from "vitest";
import { Config } from "./config.ts";
import { load, openLoading } from "./fixtures/in-process.ts";
import { configured, recordLine, stateLine } from "./fixtures/lines.ts";
import { addSpreadsheet, startTestEmulator, type TestSpreadsheet } from "./fixtures/spreadsheet.ts";
import { tearDown } from "./teardown.ts";

const emulator = await startTestEmulator();
afterAll(() => emulator.close());

const names = ["customers", "orders"];

async function loaded(): Promise<TestSpreadsheet> {
  const sheet = addSpreadsheet(emulator);
  const lines = [...names.map((name) => recordLine(name, { id: "1", name: "one" })), stateLine(0)];
  await load({ config: sheet.config, streams: names.map((name) => configured(name)), pipelineId: "p" }, lines);
  return sheet;
}

type Options = { pipelineId?: string; dryRun?: boolean };

function remove({ config }: TestSpreadsheet, of: string[], { pipelineId, dryRun = false }: Options = {}) {
  const streams = of.map((name) => ConfiguredStream.parse(configured(name)));
  return tearDown(Config.parse(config), { streams, pipelineId, dryRun });
}

test("teardown removes the tabs of the streams, and with the last of them our own; a person's stay", async () => {
  const sheet = await loaded();
  const before = emulator.read(sheet.id);
  expect(await remove(sheet, ["orders"], { dryRun: true })).toEqual(['REMOVE TAB "orders"']);
  expect(emulator.read(sheet.id)).toEqual(before);
  await remove(sheet, ["orders"]);
  expect(sheet.titles()).toEqual(["Sluice", "Sheet1", "customers"]);
  expect(sheet.table("Sluice").map(([stream]) => stream)).toEqual(["Stream", "customers"]);
  const all = await remove(sheet, names, { pipelineId: "p" });
  expect(all).toEqual(['REMOVE TAB "customers"', 'REMOVE TAB "Sluice"', 'REMOVE TAB "_sluice"']);
  expect(emulator.read(sheet.id).sheets.map(({ properties }) => properties.title)).toEqual(["Sheet1"]);
  expect(emulator.read(sheet.id)).not.toHaveProperty("namedRanges");
  expect(await remove(sheet, names, { pipelineId: "p" })).toEqual([]);
});

test("in a tab where a person has something only our columns are removed", async () => {
  const sheet = await loaded();
  const { sheetId } = emulator.read(sheet.id).sheets.find(({ properties }) => properties.title === "customers")
    ?.properties ?? { sheetId: 0 };
  emulator.act(sheet.id, [
    { insertDimension: { range: { sheetId, dimension: "COLUMNS", startIndex: 2, endIndex: 3 } } },
  ]);
  emulator.type(sheet.id, "customers!C2:C2", [["without a header"]]);
  const statements = await remove(sheet, ["customers"]);
  expect(statements).toEqual(['REMOVE 3 COLUMNS FROM TAB "customers", which has others too']);
  expect(sheet.table("customers")).toEqual([[], ["without a header"]]);
});

test("what a person has below our rows, in a column of ours, stays", async () => {
  const sheet = await loaded();
  emulator.type(sheet.id, "customers!C4:C5", [["total"], ["=COUNTA(B2:B3)"]]);
  expect(await remove(sheet, ["customers"])).toEqual([
    'REMOVE 2 COLUMNS FROM TAB "customers", which has others too',
    'EMPTY 1 COLUMN OF TAB "customers", but for what others have there',
  ]);
  expect(sheet.table("customers")).toEqual([[], [], [], ["total"], ["=COUNTA(B2:B3)"]]);
});

test("a refresh that is under way goes as well, and the last tab of a file stays", async () => {
  const sheet = addSpreadsheet(emulator);
  const streams = [configured("report", { mode: "overwrite", generation: "1" })];
  await (await openLoading({ config: sheet.config, streams, pipelineId: "p" })).receiver.abort();
  emulator.act(sheet.id, [{ deleteSheet: { sheetId: 0 } }]);
  await remove(sheet, ["report"], { pipelineId: "p" });
  expect(emulator.read(sheet.id).sheets.map(({ properties }) => properties.title)).toEqual(["Sluice", "_sluice"]);
});
