import type { ReadValue, SheetsApi } from "../google/sheets-api.ts";
import { parseMarker } from "../value/marker.ts";
import { rangeOf } from "./a1.ts";
import type { Tab } from "./file.ts";
import type { Layout } from "./layout.ts";

/** No answer holds more cells than this. */
const CELLS_A_READ = 200_000;

/** What a tab holds of rows: by row, from the first below the header on, the marker's text and those of the key. */
export type Rows = {
  markers: string[];
  keys: string[][];
  /** The first row below everything in the tab, whosever it is. */
  nextRow: number;
};

type Question = { layout: Layout; keyProperties: readonly string[] };
type Piece = { question: number; column: number; startRow: number; endRow: number };

/** Resolves to the rows of tabs: only the columns that identify them are read, and what stands below. */
export async function readRows(api: SheetsApi, questions: readonly Question[]): Promise<Rows[]> {
  const columns = questions.map((): Map<number, string[]> => new Map());
  for (const pieces of groups(questions)) {
    const ranges = pieces.map(({ question, column, startRow, endRow }) => {
      const { title } = (questions[question] as Question).layout.tab;
      return rangeOf(title, { startRow, endRow, startColumn: column, endColumn: column + 1 });
    });
    const answers = await api.values(ranges, "COLUMNS");
    for (const [index, { question, column, startRow }] of pieces.entries()) {
      const texts = columns[question]?.get(column) ?? [];
      columns[question]?.set(column, texts);
      for (const [at, value] of (answers[index]?.[0] ?? []).entries()) texts[startRow - 1 + at] = String(value);
    }
  }
  const known = questions.map((_, index) =>
    Math.max(0, ...(columns[index]?.values() ?? []).map(({ length }) => length)),
  );
  const below = await readBelow(api, questions, known);
  return questions.map(({ layout, keyProperties }, index) => {
    const texts = (column: number | undefined) =>
      Array.from({ length: known[index] ?? 0 }, (_, row) => columns[index]?.get(column ?? -1)?.[row] ?? "");
    const keyColumns = keyProperties.map((property) => texts(layout.columns.get(property)));
    const keys = Array.from({ length: known[index] ?? 0 }, (_, row) => keyColumns.map((column) => column[row] ?? ""));
    return { markers: texts(layout.marker), keys, nextRow: 1 + (known[index] ?? 0) + (below[index] ?? 0) };
  });
}

/** Resolves to how many rows behind the known ones hold something, whosever it is. */
async function readBelow(api: SheetsApi, questions: readonly Question[], known: readonly number[]): Promise<number[]> {
  const open = questions.flatMap(({ layout: { tab } }, index) => {
    const startRow = 1 + (known[index] ?? 0);
    if (startRow >= tab.rowCount) return [];
    return [
      {
        index,
        range: rangeOf(tab.title, { startRow, endRow: tab.rowCount, startColumn: 0, endColumn: tab.columnCount }),
      },
    ];
  });
  const answers: ReadValue[][][] = await api.values(open.map(({ range }) => range));
  const counts = questions.map(() => 0);
  for (const [at, { index }] of open.entries()) counts[index] = answers[at]?.length ?? 0;
  return counts;
}

/** Resolves to the rows, of each of our columns, in which a person has something: they have none of our markers. */
export async function readRowsOfOthers(
  api: SheetsApi,
  { title, rowCount }: Tab,
  { marker, columns }: { marker: number; columns: readonly number[] },
): Promise<Map<number, number[]>> {
  const found = new Map<number, number[]>();
  const rowsARead = Math.max(1, Math.floor(CELLS_A_READ / (columns.length + 1)));
  for (let startRow = 1; startRow < rowCount; startRow += rowsARead) {
    const endRow = Math.min(rowCount, startRow + rowsARead);
    const ranges = [marker, ...columns].map((column) =>
      rangeOf(title, { startRow, endRow, startColumn: column, endColumn: column + 1 }),
    );
    const [[markers = []] = [], ...answers] = await api.values(ranges, "COLUMNS");
    const isOurs = markers.map((text) => parseMarker(String(text)) !== undefined);
    for (const [index, column] of columns.entries()) {
      const rows = (answers[index]?.[0] ?? []).flatMap((value, at) =>
        value === "" || isOurs[at] === true ? [] : [startRow + at],
      );
      if (rows.length > 0) found.set(column, [...(found.get(column) ?? []), ...rows]);
    }
  }
  return found;
}

function groups(questions: readonly Question[]): Piece[][] {
  const all: Piece[][] = [];
  let group: Piece[] = [];
  let cells = 0;
  for (const [question, { layout, keyProperties }] of questions.entries()) {
    const keyColumns = keyProperties.map((property) => layout.columns.get(property));
    for (const column of [layout.marker, ...keyColumns]) {
      if (column === undefined) continue;
      for (let startRow = 1; startRow < layout.tab.rowCount; startRow += CELLS_A_READ) {
        const endRow = Math.min(layout.tab.rowCount, startRow + CELLS_A_READ);
        if (cells + endRow - startRow > CELLS_A_READ && group.length > 0) {
          all.push(group);
          [group, cells] = [[], 0];
        }
        group.push({ question, column, startRow, endRow });
        cells += endRow - startRow;
      }
    }
  }
  if (group.length > 0) all.push(group);
  return all;
}
