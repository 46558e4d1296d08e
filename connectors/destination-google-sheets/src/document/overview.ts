import type { ChangeRequest } from "../google/sheets-api.ts";
import { serialOfMs } from "../value/instant.ts";
import { formatRequests } from "./column-requests.ts";

export const OVERVIEW_TITLE = "Sluice";

const HEADER = ["Stream", "Tab", "Rows", "Last sync (UTC)", "Rejected", "Cut or replaced values", "Status"];
const TIME_COLUMN = 3;
const ROWS = 250;

/** How a stream is doing, for a person. The counts of rejected records and cut values are of the last run. */
export type StreamReport = {
  stream: string;
  tab: string;
  rows: number;
  rejected: number;
  altered: number;
  status: string;
};

/** Yields the requests that make the overview: one row a stream. */
export function overviewRequests(sheetId: number, title: string): ChangeRequest[] {
  const gridProperties = { rowCount: ROWS, columnCount: HEADER.length, frozenRowCount: 1 };
  const values = HEADER.map((stringValue) => ({
    userEnteredValue: { stringValue },
    userEnteredFormat: { textFormat: { bold: true } },
  }));
  const start = { sheetId, rowIndex: 0, columnIndex: 0 };
  return [
    { addSheet: { properties: { sheetId, title, index: 0, gridProperties } } },
    { updateCells: { start, rows: [{ values }], fields: "userEnteredValue,userEnteredFormat.textFormat" } },
    ...formatRequests({ sheetId, column: TIME_COLUMN }, "date_time", 1),
  ];
}

/** Yields the requests that write how streams are doing, each into its row; they can be carried out any number of times. */
export function reportRequests(
  sheetId: number,
  rows: ReadonlyMap<string, number>,
  { reports, now }: { reports: readonly StreamReport[]; now: number },
): ChangeRequest[] {
  return reports.map(({ stream, tab, rows: count, rejected, altered, status }) => ({
    updateCells: {
      start: { sheetId, rowIndex: rows.get(stream) ?? 1, columnIndex: 0 },
      rows: [
        {
          values: [
            { userEnteredValue: { stringValue: stream } },
            { userEnteredValue: { stringValue: tab } },
            { userEnteredValue: { numberValue: count } },
            { userEnteredValue: { numberValue: serialOfMs(now) ?? 0 } },
            { userEnteredValue: { numberValue: rejected } },
            { userEnteredValue: { numberValue: altered } },
            { userEnteredValue: { stringValue: status } },
          ],
        },
      ],
      fields: "userEnteredValue",
    },
  }));
}

/** Yields a row for each stream: the one that it has, by the first column, or one behind the last. */
export function reportRows(firstColumn: readonly string[], streams: readonly string[]): Map<string, number> {
  const rows = new Map<string, number>();
  let next = Math.max(1, firstColumn.length);
  for (const stream of streams) {
    const known = firstColumn.indexOf(stream, 1);
    rows.set(stream, known === -1 ? next : known);
    if (known === -1) next += 1;
  }
  return rows;
}
