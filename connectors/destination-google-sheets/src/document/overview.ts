import type { ChangeRequest, ReadValue } from "../google/sheets-api.ts";
import { serialOfMs } from "../value/instant.ts";
import { columnsRange } from "./a1.ts";
import { formatRequests } from "./column-requests.ts";
import type { Tab } from "./file.ts";

export const OVERVIEW_TITLE = "Sluice";

const HEADER = ["Stream", "Tab", "Rows", "Last sync (UTC)", "Rejected", "Cut or replaced values", "Status"];
const TIME_COLUMN = 3;
const ROWS = 250;
/** Grows by so many, so that not every stream has to ask for a row. */
const GROWTH_ROWS = 50;

/** How a stream is doing, for a person. The counts of rejected records and cut values are of the last run. */
export type StreamReport = {
  stream: string;
  tab: string;
  rows: number;
  rejected: number;
  altered: number;
  status: string;
};

/** The tab that tells people how each stream is doing, in a row that is found by the stream's name wherever a person moves it. */
export class Overview {
  readonly sheetId: number;
  #title: string;
  #rowCount: number;
  /** Of each row the stream that it is of, the header's included. */
  #names: string[] = [];

  private constructor({ sheetId, title, rowCount }: Tab) {
    this.sheetId = sheetId;
    this.#title = title;
    this.#rowCount = rowCount;
  }

  /** Yields the overview in a tab; none where a person has removed the tab or columns of it. */
  static of(tab: Tab | undefined): Overview | undefined {
    return tab === undefined || tab.columnCount < HEADER.length ? undefined : new Overview(tab);
  }

  /** Yields a new overview and the requests that make it. */
  static make(sheetId: number, title: string): { overview: Overview; requests: ChangeRequest[] } {
    const gridProperties = { rowCount: ROWS, columnCount: HEADER.length, frozenRowCount: 1 };
    const values = HEADER.map((stringValue) => ({
      userEnteredValue: { stringValue },
      userEnteredFormat: { textFormat: { bold: true } },
    }));
    const start = { sheetId, rowIndex: 0, columnIndex: 0 };
    return {
      overview: new Overview({ sheetId, title, ...gridProperties, isGrid: true }),
      requests: [
        { addSheet: { properties: { sheetId, title, index: 0, gridProperties } } },
        { updateCells: { start, rows: [{ values }], fields: "userEnteredValue,userEnteredFormat.textFormat" } },
        ...formatRequests({ sheetId, column: TIME_COLUMN }, "date_time", 1),
      ],
    };
  }

  /** What is to be read for `learn`. */
  get range(): string {
    return columnsRange(this.#title, 0, HEADER.length);
  }

  /** Takes note of its title and of how large it is. */
  measure({ title, rowCount }: Pick<Tab, "title" | "rowCount">): void {
    this.#title = title;
    this.#rowCount = rowCount;
  }

  /** Learns in which row each stream is. */
  learn(rows: readonly (readonly ReadValue[])[]): void {
    this.#names = rows.map(([name = ""]) => String(name));
  }

  /**
   * Yields the requests that write how streams are doing, each into its row or below everything, and what is to be called
   * when they were carried out. They can be carried out any number of times, but where the tab is too small.
   */
  stage(reports: readonly StreamReport[], now: number): { requests: ChangeRequest[]; kept(): void } {
    const names = this.#names.length === 0 ? [""] : [...this.#names];
    const requests = reports.map((report) => {
      const known = names.indexOf(report.stream, 1);
      return this.#rowRequest(known === -1 ? names.push(report.stream) - 1 : known, reportValues(report, now));
    });
    const more = names.length - this.#rowCount;
    const length = more + GROWTH_ROWS;
    const growth = more > 0 ? [{ appendDimension: { sheetId: this.sheetId, dimension: "ROWS", length } }] : [];
    const kept = () => {
      this.#names = names;
      if (more > 0) this.#rowCount += length;
    };
    return { requests: [...growth, ...requests], kept };
  }

  /** Yields the requests that empty the rows of streams. */
  forgetRequests(streams: readonly string[]): ChangeRequest[] {
    const blank = HEADER.map(() => ({}));
    return this.#names.flatMap((name, row) =>
      row > 0 && streams.includes(name) ? [this.#rowRequest(row, blank)] : [],
    );
  }

  #rowRequest(rowIndex: number, values: object[]): ChangeRequest {
    const start = { sheetId: this.sheetId, rowIndex, columnIndex: 0 };
    return { updateCells: { start, rows: [{ values }], fields: "userEnteredValue" } };
  }
}

function reportValues({ stream, tab, rows, rejected, altered, status }: StreamReport, now: number): object[] {
  return [
    { userEnteredValue: { stringValue: stream } },
    { userEnteredValue: { stringValue: tab } },
    { userEnteredValue: { numberValue: rows } },
    { userEnteredValue: { numberValue: serialOfMs(now) ?? 0 } },
    { userEnteredValue: { numberValue: rejected } },
    { userEnteredValue: { numberValue: altered } },
    { userEnteredValue: { stringValue: status } },
  ];
}
