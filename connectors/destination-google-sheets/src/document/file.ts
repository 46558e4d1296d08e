import type { SheetsApi } from "../google/sheets-api.ts";

/** A tab, and the size of its grid. */
export type Tab = {
  sheetId: number;
  title: string;
  rowCount: number;
  columnCount: number;
  /** It is no grid but a chart or the like, and has no cells. */
  isGrid: boolean;
};

export type NamedRange = { id: string; name: string };

/** What a spreadsheet consists of, without what is in its cells. */
export type File = { title: string; tabs: Tab[]; namedRanges: NamedRange[] };

const FIELDS =
  "properties.title,sheets.properties(sheetId,title,sheetType,gridProperties(rowCount,columnCount)),namedRanges(namedRangeId,name)";

/** Resolves to what a spreadsheet consists of. */
export async function readFile(api: SheetsApi): Promise<File> {
  const { properties, sheets = [], namedRanges = [] } = await api.get(FIELDS);
  return {
    title: properties?.title ?? "",
    tabs: sheets.map(({ properties: of }) => ({
      sheetId: of?.sheetId ?? 0,
      title: of?.title ?? "",
      rowCount: of?.gridProperties?.rowCount ?? 0,
      columnCount: of?.gridProperties?.columnCount ?? 0,
      isGrid: of?.gridProperties?.rowCount !== undefined && of.gridProperties.rowCount !== null,
    })),
    namedRanges: namedRanges.map(({ namedRangeId, name }) => ({ id: namedRangeId ?? "", name: name ?? "" })),
  };
}

/** Yields how many cells a file has, blank ones too. */
export function cellsOf({ tabs }: File): number {
  return tabs.reduce((sum, { rowCount, columnCount }) => sum + rowCount * columnCount, 0);
}

/** Yields an id for a new tab that none of the file has. */
export function freeSheetId(taken: ReadonlySet<number>): number {
  for (;;) {
    const id = 1 + Math.floor(Math.random() * 2_000_000_000);
    if (!taken.has(id)) return id;
  }
}
