import { ApiError, invalid } from "../api-error.ts";
import type { Limits } from "../settings.ts";
import { parseA1, toA1, unparseable, type Rectangle } from "./a1.ts";
import { enteredValue, type Cell } from "./cell.ts";
import { type ClosedRectangle, Sheet, type SheetProperties } from "./sheet.ts";

export type GridRange = {
  sheetId?: number;
  startRowIndex?: number;
  endRowIndex?: number;
  startColumnIndex?: number;
  endColumnIndex?: number;
};
export type NamedRange = { namedRangeId: string; name: string; range: GridRange };
export type ValueRange = { range: string; majorDimension?: string; values?: unknown[][] };

/** One spreadsheet. Whatever changes it is done on a fork, which takes its place only when all of it was allowed. */
export class Spreadsheet {
  readonly spreadsheetId: string;
  readonly limits: Limits;
  title: string;
  sheets: Sheet[];
  namedRanges: NamedRange[];

  constructor(spreadsheetId: string, title: string, limits: Limits) {
    this.spreadsheetId = spreadsheetId;
    this.limits = limits;
    this.title = title;
    this.sheets = [];
    this.namedRanges = [];
  }

  fork(): Spreadsheet {
    const fork = new Spreadsheet(this.spreadsheetId, this.title, this.limits);
    fork.sheets = this.sheets.map((sheet) => sheet.fork());
    fork.namedRanges = [...this.namedRanges];
    return fork;
  }

  /** Takes over what was done on a fork; throws the API's refusal when that breaks a limit of the whole file. */
  adopt(fork: Spreadsheet): void {
    const { cells: limit, tabs } = this.limits;
    const cells = fork.sheets.reduce((sum, sheet) => sum + sheet.cells, 0);
    if (cells > limit) {
      const message = `This action would increase the number of cells in the workbook above the limit of ${limit} cells.`;
      throw invalid(message);
    }
    if (fork.sheets.length > tabs) throw invalid(`You cannot have more than ${tabs} sheets in a spreadsheet.`);
    for (const [index, sheet] of fork.sheets.entries()) sheet.properties.index = index;
    this.title = fork.title;
    this.sheets = fork.sheets;
    this.namedRanges = fork.namedRanges;
  }

  addSheet(properties: Partial<SheetProperties>): Sheet {
    const { rowCount = 1000, columnCount = 26, ...rest } = properties.gridProperties ?? {};
    const sheetId = properties.sheetId ?? this.#freeId();
    const title = properties.title ?? `Sheet${this.sheets.length + 1}`;
    if (this.sheets.some((sheet) => sheet.properties.sheetId === sheetId))
      throw invalid(`A sheet with the id ${sheetId} already exists. Please enter another id.`);
    this.assertFreeTitle(title);
    const index = properties.index ?? this.sheets.length;
    const sheet = new Sheet({
      ...properties,
      sheetId,
      title,
      index,
      gridProperties: { rowCount, columnCount, ...rest },
    });
    sheet.resize(rowCount, columnCount, this.limits);
    this.sheets.splice(index, 0, sheet);
    return sheet;
  }

  removeSheet(sheetId: number): void {
    const sheet = this.byId(sheetId);
    if (this.sheets.length === 1) throw invalid("You can't remove all the sheets in a document.");
    this.sheets = this.sheets.filter((each) => each !== sheet);
    this.namedRanges = this.namedRanges.filter(({ range }) => (range.sheetId ?? 0) !== sheetId);
  }

  /** Throws the API's refusal of a title that another tab has; they are compared without case. */
  assertFreeTitle(title: string): void {
    if (title === "" || title.length > 100) throw invalid("A sheet name must have between 1 and 100 characters.");
    if (this.sheets.some(({ properties }) => properties.title.toLowerCase() === title.toLowerCase()))
      throw invalid(`A sheet with the name "${title}" already exists. Please enter another name.`);
  }

  byId(sheetId: number | undefined): Sheet {
    const found = this.sheets.find(({ properties }) => properties.sheetId === (sheetId ?? 0));
    if (found === undefined) throw invalid(`No grid with id: ${sheetId ?? 0}`);
    return found;
  }

  /** Yields the tab and rectangle of a grid range. */
  gridRange(range: GridRange): { sheet: Sheet; rectangle: ClosedRectangle } {
    const sheet = this.byId(range.sheetId);
    const rectangle = {
      startRow: range.startRowIndex ?? 0,
      endRow: range.endRowIndex,
      startColumn: range.startColumnIndex ?? 0,
      endColumn: range.endColumnIndex,
    };
    return { sheet, rectangle: sheet.clip(rectangle, toA1(sheet.properties.title, rectangle)) };
  }

  /** Yields the values of a range in A1 notation, or of a named one. */
  read(range: string, majorDimension: "ROWS" | "COLUMNS" = "ROWS"): ValueRange {
    const { sheet, rectangle } = this.#resolve(range);
    const closed = sheet.clip(rectangle, range);
    const rows = sheet.values(closed);
    const values = majorDimension === "ROWS" ? rows : transposed(rows);
    return {
      range: toA1(sheet.properties.title, closed),
      majorDimension,
      ...(values.length === 0 ? {} : { values }),
    };
  }

  /** Writes the values of one range; null leaves a cell as it is. Yields how many cells were set. */
  write({ range, values = [] }: ValueRange, isParsed: boolean): number {
    const { sheet, rectangle } = this.#resolve(range);
    const { title } = sheet.properties;
    const width = values.reduce((most, { length }) => Math.max(most, length), 1);
    const area = {
      startRow: rectangle.startRow,
      endRow: rectangle.startRow + Math.max(1, values.length),
      startColumn: rectangle.startColumn,
      endColumn: rectangle.startColumn + width,
    };
    sheet.clip(area, toA1(title, area));
    const isTooMuch =
      (rectangle.endRow !== undefined && area.endRow > rectangle.endRow) ||
      (rectangle.endColumn !== undefined && area.endColumn > rectangle.endColumn);
    if (isTooMuch) throw invalid(`Requested writing within range [${range}], but tried writing outside of it.`);
    let cells = 0;
    for (const [index, row] of values.entries()) {
      const changes = row.map((input) => {
        if (input === null || input === undefined) return undefined;
        cells += 1;
        const entered = enteredValue(input, isParsed);
        this.assertLength(entered.value);
        return ({ format }: Cell) => ({ ...entered, format });
      });
      sheet.change(area.startRow + index, area.startColumn, changes);
    }
    return cells;
  }

  assertLength(value: unknown): void {
    const limit = this.limits.cellCharacters;
    if (typeof value === "string" && value.length > limit)
      throw invalid(`Your input contains more than the maximum of ${limit} characters in a single cell.`);
  }

  #resolve(range: string): { sheet: Sheet; rectangle: Rectangle } {
    const named = this.namedRanges.find(({ name }) => name === range);
    if (named !== undefined) return this.gridRange(named.range);
    const { title, rectangle } = parseA1(range);
    const sheet = this.sheets.find(({ properties }) => properties.title.toLowerCase() === title.toLowerCase());
    if (sheet === undefined) throw unparseable(range);
    const whole = { startRow: 0, endRow: undefined, startColumn: 0, endColumn: undefined };
    return { sheet, rectangle: rectangle ?? whole };
  }

  #freeId(): number {
    const ids = new Set(this.sheets.map(({ properties }) => properties.sheetId));
    let id = this.sheets.length;
    while (ids.has(id)) id += 1;
    return id;
  }
}

function transposed(rows: readonly unknown[][]): unknown[][] {
  const width = rows.reduce((most, { length }) => Math.max(most, length), 0);
  return Array.from({ length: width }, (_, column) => {
    const values = Array.from(rows, (row) => row[column] ?? "");
    return values.slice(0, values.findLastIndex((value) => value !== "") + 1);
  });
}

/** Yields the refusal of a spreadsheet that there is not. */
export function notFound(): ApiError {
  return new ApiError(404, "Requested entity was not found.");
}
