import { readFileSync } from "node:fs";
import { shownJson } from "./shown-json.ts";

// Prints the rows of the tab of $STREAM in an emulated spreadsheet, a JSON object a line, typed by the schema in the file
// $SCHEMA; the configuration in the file $CONFIG tells where the spreadsheet is.
type Cell = { userEnteredValue?: { stringValue?: string; numberValue?: number; boolValue?: boolean } };
type Sheet = {
  properties: { sheetId: number; title: string };
  data: { rowData: { values: Cell[] }[] }[];
};

const LEDGER_TITLE = "_sluice";
const MARKER_HEADER = "_sluice";

const config = JSON.parse(readFileSync(process.env["CONFIG"] ?? "", "utf8")) as Record<string, string>;
const schema = JSON.parse(readFileSync(process.env["SCHEMA"] ?? "", "utf8")) as { properties?: Record<string, object> };
const stream = process.env["STREAM"] ?? "";
const response = await fetch(`${config["base_url"]}/_emulator/spreadsheets/${config["spreadsheet_id"]}`);
const { sheets } = (await response.json()) as { sheets: Sheet[] };

const entry = ledgerTexts().find(([kind, name]) => kind === "tab" && name === stream);
const { sheet_id: sheetId, columns = [] } = JSON.parse(entry?.slice(2).join("") ?? "{}") as {
  sheet_id?: number;
  columns?: [property: string, header: string][];
};
const [header = [], ...rows] = cellsOf(sheets.find(({ properties }) => properties.sheetId === sheetId));
const places = columns.map(([property, title]) => ({
  property,
  at: header.findIndex((cell) => textOf(cell) === title),
}));
const markerAt = header.findIndex((cell) => textOf(cell) === MARKER_HEADER);
for (const row of rows) {
  // behind "!" stands the key of a row that was deleted
  if (!/^\d*[.+]/.test(textOf(row[markerAt]))) continue;
  const members = places.flatMap(({ property, at }) => {
    const json = shownJson(row[at]?.userEnteredValue ?? {}, schema.properties?.[property]);
    return json === undefined ? [] : [`${JSON.stringify(property)}:${json}`];
  });
  process.stdout.write(`{${members.join(",")}}\n`);
}

function ledgerTexts(): string[][] {
  return cellsOf(sheets.find(({ properties }) => properties.title === LEDGER_TITLE)).map((row) => row.map(textOf));
}

function cellsOf(sheet: Sheet | undefined): Cell[][] {
  return sheet?.data[0]?.rowData.map(({ values }) => values) ?? [];
}

function textOf(cell: Cell | undefined): string {
  return cell?.userEnteredValue?.stringValue ?? "";
}
