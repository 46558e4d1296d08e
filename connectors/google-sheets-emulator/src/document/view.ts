import { asExtendedValue } from "./cell.ts";
import type { Sheet } from "./sheet.ts";
import type { Spreadsheet } from "./spreadsheet.ts";

/** Yields a spreadsheet as `spreadsheets.get` shows it; the cells with their formats only when asked. */
export function spreadsheetView(file: Spreadsheet, { includeGridData }: { includeGridData: boolean }) {
  return {
    spreadsheetId: file.spreadsheetId,
    properties: { title: file.title, locale: "en_US", timeZone: "Etc/GMT" },
    sheets: file.sheets.map((sheet) => ({
      properties: { sheetType: "GRID", ...sheet.properties },
      ...(includeGridData ? { data: [gridData(sheet)] } : {}),
    })),
    ...(file.namedRanges.length === 0 ? {} : { namedRanges: file.namedRanges }),
    spreadsheetUrl: `https://docs.google.com/spreadsheets/d/${file.spreadsheetId}/edit`,
  };
}

function gridData(sheet: Sheet) {
  const { rowCount, columnCount } = sheet.properties.gridProperties;
  const rowData = Array.from({ length: rowCount }, (_, row) => ({
    values: Array.from({ length: columnCount }, (__, column) => cellView(sheet, row, column)),
  }));
  while (rowData.at(-1)?.values.every((cell) => Object.keys(cell).length === 0) === true) rowData.pop();
  const columnMetadata = Array.from({ length: columnCount }, (_, column) =>
    sheet.hiddenColumns.has(column) ? { hiddenByUser: true } : {},
  );
  return { rowData, columnMetadata };
}

function cellView(sheet: Sheet, row: number, column: number) {
  const cell = sheet.at(row, column);
  if (cell === undefined) return {};
  const value = asExtendedValue(cell);
  return {
    ...(value === undefined ? {} : { userEnteredValue: value }),
    ...(cell.format === undefined ? {} : { userEnteredFormat: cell.format }),
  };
}
