import type { ChangeRequest } from "../google/sheets-api.ts";
import type { Kind } from "../value/cell.ts";
import { MARKER_HEADER } from "./layout.ts";

const PATTERNS: Partial<Record<Kind, { type: string; pattern: string }>> = {
  date: { type: "DATE", pattern: "yyyy-mm-dd" },
  date_time: { type: "DATE_TIME", pattern: "yyyy-mm-dd hh:mm:ss" },
  unix_time: { type: "DATE_TIME", pattern: "yyyy-mm-dd hh:mm:ss" },
};

/** A column to be: its header, and how its values are shown. */
export type NewColumn = { header: string; kind: Kind };
type Place = { sheetId: number; column: number };

/** Yields the requests for a tab of a stream: our own column first and hidden, then the others; the header stays in view. */
export function tabRequests(
  { sheetId, title, rows, isHidden }: { sheetId: number; title: string; rows: number; isHidden: boolean },
  columns: readonly NewColumn[],
): ChangeRequest[] {
  const gridProperties = { rowCount: rows, columnCount: columns.length + 1, frozenRowCount: 1 };
  const range = { sheetId, dimension: "COLUMNS", startIndex: 0, endIndex: 1 };
  return [
    { addSheet: { properties: { sheetId, title, gridProperties, ...(isHidden ? { hidden: true } : {}) } } },
    ...headerRequests({ sheetId, column: 0 }, [{ header: MARKER_HEADER, kind: "plain" }, ...columns]),
    { updateDimensionProperties: { range, properties: { hiddenByUser: true }, fields: "hiddenByUser" } },
  ];
}

/** Yields the requests that put new columns behind the last one of a tab, where nobody can have anything. */
export function addedColumnRequests({ sheetId, column }: Place, columns: readonly NewColumn[]): ChangeRequest[] {
  if (columns.length === 0) return [];
  const appendDimension = { sheetId, dimension: "COLUMNS", length: columns.length };
  return [{ appendDimension }, ...headerRequests({ sheetId, column }, columns)];
}

/** Yields the requests that show a column's values as its kind wants it, from a row on; a person may change that later. */
export function formatRequests({ sheetId, column }: Place, kind: Kind, startRow: number): ChangeRequest[] {
  const numberFormat = PATTERNS[kind];
  if (numberFormat === undefined) return [];
  const range = { sheetId, startRowIndex: startRow, startColumnIndex: column, endColumnIndex: column + 1 };
  const cell = { userEnteredFormat: { numberFormat } };
  return [{ repeatCell: { range, cell, fields: "userEnteredFormat.numberFormat" } }];
}

function headerRequests({ sheetId, column }: Place, columns: readonly NewColumn[]): ChangeRequest[] {
  const values = columns.map(({ header }) => ({
    userEnteredValue: { stringValue: header },
    userEnteredFormat: { textFormat: { bold: true } },
  }));
  const start = { sheetId, rowIndex: 0, columnIndex: column };
  return [
    { updateCells: { start, rows: [{ values }], fields: "userEnteredValue,userEnteredFormat.textFormat" } },
    ...columns.flatMap(({ kind }, index) => formatRequests({ sheetId, column: column + index }, kind, 1)),
  ];
}
