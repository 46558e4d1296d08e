import type { ReadValue, SheetsApi } from "../google/sheets-api.ts";
import { rangeOf, rowRange } from "./a1.ts";
import { readFile, type File, type Tab } from "./file.ts";
import { headerTexts } from "./layout.ts";
import { LEDGER_TITLE, Ledger } from "./ledger.ts";
import { tabEntries, type TabEntry } from "./tab-entry.ts";

/** A file with what we keep in it, as it was at one moment. */
export type Snapshot = {
  file: File;
  /** Undefined in a file that we have not written to. */
  ledger: Ledger | undefined;
  entries: Map<string, TabEntry>;
  /** The header of each tab by its id. */
  headers: Map<number, string[]>;
};

/** Resolves to a file's tabs, their headers and our ledger, in two requests. */
export async function readSnapshot(api: SheetsApi): Promise<Snapshot> {
  const file = await readFile(api);
  const tabs = file.tabs.filter(({ isGrid }) => isGrid);
  const ledgerTab = tabs.find(({ title }) => title === LEDGER_TITLE);
  const ranges = tabs.map((tab) => rowRange(tab.title, 0));
  const [ledgerRows = [], ...rows] = await api.values([
    ledgerTab === undefined ? rowRange(tabs[0]?.title ?? "", 0) : wholeOf(ledgerTab),
    ...ranges,
  ]);
  const ledger = ledgerTab === undefined ? undefined : new Ledger(ledgerTab, ledgerRows);
  const headers = new Map(tabs.map((tab, index) => [tab.sheetId, headerTexts(firstRow(rows[index]))]));
  return { file, ledger, entries: tabEntries(ledger), headers };
}

function firstRow(rows: ReadValue[][] | undefined): ReadValue[] | undefined {
  return rows?.[0];
}

function wholeOf({ title, rowCount, columnCount }: Tab): string {
  return rangeOf(title, { startRow: 0, endRow: rowCount, startColumn: 0, endColumn: columnCount });
}
