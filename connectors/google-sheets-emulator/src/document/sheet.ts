import { invalid } from "../api-error.ts";
import type { Limits } from "../settings.ts";
import type { Rectangle } from "./a1.ts";
import type { Cell } from "./cell.ts";

export type GridProperties = { rowCount: number; columnCount: number; frozenRowCount?: number };
export type SheetProperties = {
  sheetId: number;
  title: string;
  index: number;
  hidden?: boolean;
  gridProperties: GridProperties;
};

type Row = readonly (Cell | undefined)[];

/** One tab: its properties and a sparse grid. Rows are replaced and never changed in place, so that a fork is cheap. */
export class Sheet {
  properties: SheetProperties;
  #rows: (Row | undefined)[];
  hiddenColumns: Set<number>;

  constructor(
    properties: SheetProperties,
    rows: (Row | undefined)[] = [],
    hiddenColumns: ReadonlySet<number> = new Set(),
  ) {
    this.properties = properties;
    this.#rows = rows;
    this.hiddenColumns = new Set(hiddenColumns);
  }

  /** Yields a tab that can be changed without changing this one. */
  fork(): Sheet {
    const { gridProperties, ...rest } = this.properties;
    return new Sheet({ ...rest, gridProperties: { ...gridProperties } }, this.#rows.slice(), this.hiddenColumns);
  }

  get cells(): number {
    const { rowCount, columnCount } = this.properties.gridProperties;
    return rowCount * columnCount;
  }

  at(row: number, column: number): Cell | undefined {
    return this.#rows[row]?.[column];
  }

  /** Changes the cells of one row from a column on, one by one; what is undefined stays. */
  change(row: number, column: number, changes: readonly (((cell: Cell) => Cell) | undefined)[]): void {
    const cells = [...(this.#rows[row] ?? [])];
    for (const [index, change] of changes.entries()) {
      if (change !== undefined) cells[column + index] = change(cells[column + index] ?? {});
    }
    this.#rows[row] = cells;
  }

  /** Yields the rectangle within the grid; throws the API's refusal for one that leaves it. */
  clip({ startRow, endRow, startColumn, endColumn }: Rectangle, range: string): Required<ClosedRectangle> {
    const { rowCount, columnCount } = this.properties.gridProperties;
    const closed = { startRow, endRow: endRow ?? rowCount, startColumn, endColumn: endColumn ?? columnCount };
    const isOutside = closed.endRow > rowCount || closed.endColumn > columnCount;
    if (isOutside || startRow >= rowCount || startColumn >= columnCount)
      throw invalid(`Range (${range}) exceeds grid limits. Max rows: ${rowCount}, max columns: ${columnCount}`);
    return closed;
  }

  /** Yields the values of a rectangle by row, empty cells at the ends left out, as `values.get` does. */
  values({ startRow, endRow, startColumn, endColumn }: ClosedRectangle): unknown[][] {
    const rows: unknown[][] = [];
    for (let row = startRow; row < Math.min(endRow, this.#rows.length); row += 1) {
      const cells = (this.#rows[row] ?? []).slice(startColumn, endColumn);
      rows.push(trimmed(Array.from(cells, (cell) => cell?.value ?? "")));
    }
    while (rows.at(-1)?.length === 0) rows.pop();
    return rows;
  }

  /** Puts empty rows or columns before `start`. */
  insert(dimension: "ROWS" | "COLUMNS", start: number, length: number): void {
    const grid = this.properties.gridProperties;
    if (dimension === "ROWS") {
      grid.rowCount += length;
      if (start < this.#rows.length) this.#rows.splice(start, 0, ...Array<undefined>(length));
      return;
    }
    grid.columnCount += length;
    this.#mapRows((row) => (start >= row.length ? row : row.toSpliced(start, 0, ...Array<undefined>(length))));
    this.hiddenColumns = new Set([...this.hiddenColumns].map((column) => (column >= start ? column + length : column)));
  }

  /** Removes rows or columns. */
  remove(dimension: "ROWS" | "COLUMNS", start: number, length: number): void {
    const grid = this.properties.gridProperties;
    const count = dimension === "ROWS" ? grid.rowCount : grid.columnCount;
    if (start + length > count || length >= count)
      throw invalid(`You can't delete all the ${dimension.toLowerCase()} on the sheet.`);
    if (dimension === "ROWS") {
      grid.rowCount -= length;
      this.#rows.splice(start, length);
      return;
    }
    grid.columnCount -= length;
    this.#mapRows((row) => row.toSpliced(start, length));
    this.hiddenColumns = new Set(
      [...this.hiddenColumns]
        .filter((column) => column < start || column >= start + length)
        .map((column) => (column >= start + length ? column - length : column)),
    );
  }

  /** Sets the size of the grid; what lies outside is gone. */
  resize(rowCount: number, columnCount: number, limits: Limits): void {
    if (rowCount < 1 || columnCount < 1) throw invalid("A sheet must have at least one row and one column.");
    if (columnCount > limits.columns) throw tooManyColumns(limits);
    const grid = this.properties.gridProperties;
    if (rowCount < grid.rowCount) this.#rows.length = Math.min(this.#rows.length, rowCount);
    if (columnCount < grid.columnCount) this.#mapRows((row) => row.slice(0, columnCount));
    grid.rowCount = rowCount;
    grid.columnCount = columnCount;
  }

  /** Puts rows in the order of the texts of one column. */
  sort({ startRow, endRow, startColumn, endColumn }: ClosedRectangle, column: number, isDescending: boolean): void {
    const part = Array.from({ length: endRow - startRow }, (_, index) => this.#rows[startRow + index] ?? []);
    const text = (row: Row) => String(row[column]?.value ?? "\u{10FFFF}");
    const sorted = part.toSorted((one, other) => (text(one) < text(other) ? -1 : 1) * (isDescending ? -1 : 1));
    for (const [index, row] of sorted.entries()) {
      const target = [...(this.#rows[startRow + index] ?? [])];
      for (let at = startColumn; at < endColumn; at += 1) target[at] = row[at];
      this.#rows[startRow + index] = target;
    }
  }

  #mapRows(change: (row: Row) => Row): void {
    this.#rows = this.#rows.map((row) => (row === undefined ? undefined : change(row)));
  }
}

/** A rectangle with both ends. */
export type ClosedRectangle = { startRow: number; endRow: number; startColumn: number; endColumn: number };

/** Yields the refusal of more columns than a tab may have. */
export function tooManyColumns({ columns }: Limits) {
  return invalid(
    `This action would increase the number of columns in the sheet above the limit of ${columns} columns.`,
  );
}

function trimmed(row: unknown[]): unknown[] {
  const last = row.findLastIndex((value) => value !== "");
  return row.slice(0, last + 1);
}
