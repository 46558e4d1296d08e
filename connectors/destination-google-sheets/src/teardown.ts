import type { ConfiguredStream } from "@sluice/protocol";
import type { Config } from "./config.ts";
import { rangeOf } from "./document/a1.ts";
import type { Tab } from "./document/file.ts";
import { MARKER_HEADER, columnOf, placeColumns } from "./document/layout.ts";
import { LEDGER_TITLE, type EntryChange } from "./document/ledger.ts";
import { Overview } from "./document/overview.ts";
import { OVERVIEW_NAME } from "./document/plan.ts";
import { readRowsOfOthers } from "./document/rows.ts";
import { readSnapshot, type Snapshot } from "./document/snapshot.ts";
import { tabChange, type TabEntry } from "./document/tab-entry.ts";
import { SheetsApi, type ChangeRequest, type ReadValue } from "./google/sheets-api.ts";
import { forgetChanges, forgetWriterRequests } from "./take-over.ts";

type TeardownOptions = { streams: readonly ConfiguredStream[]; pipelineId: string | undefined; dryRun: boolean };
type Removal = { requests: ChangeRequest[]; statements: string[]; changes: EntryChange[]; gone: Set<number> };

/**
 * Resolves to what removes the tabs of the streams, in words, a line each; carried out in one request unless `dryRun`. In a
 * tab where a person has something, only our own columns go, and of one in which they have, only our cells. When nothing is left to keep account of, our other tabs go too.
 */
export async function tearDown(config: Config, { streams, pipelineId, dryRun }: TeardownOptions): Promise<string[]> {
  const api = await SheetsApi.open(config);
  const snapshot = await readSnapshot(api);
  const { ledger, entries, file } = snapshot;
  const removal: Removal = { requests: [], statements: [], changes: [], gone: new Set() };
  for (const { stream } of streams) {
    const entry = entries.get(stream.name);
    if (entry === undefined) continue;
    await planTab(api, { snapshot, entry, removal });
    removal.changes.push(tabChange(stream.name, undefined));
  }
  if (pipelineId !== undefined) {
    removal.requests.push(...forgetWriterRequests(file, pipelineId));
    removal.changes.push(...forgetChanges(ledger, pipelineId));
  }
  const isLast = planOwnTabs(snapshot, removal);
  if (dryRun || ledger === undefined) return removal.statements;
  const overview = isLast ? undefined : Overview.of(overviewTab(snapshot));
  if (overview !== undefined) {
    const [rows = []] = await api.values([overview.range]);
    overview.learn(rows);
    removal.requests.push(...overview.forgetRequests(streams.map(({ stream }) => stream.name)));
  }
  const staged = isLast ? [] : ledger.stage(removal.changes).requests;
  // what was done and not answered is found undone: nothing is left to be planned then
  await api.change([...staged, ...removal.requests], { doing: "removing tabs", isRepeatable: false });
  return removal.statements;
}

async function planTab(
  api: SheetsApi,
  { snapshot, entry, removal }: { snapshot: Snapshot; entry: TabEntry; removal: Removal },
): Promise<void> {
  const { file, headers } = snapshot;
  const staging = file.tabs.find(({ sheetId }) => sheetId === entry.generation?.staging_sheet_id);
  if (staging !== undefined) remove(staging, removal);
  const tab = file.tabs.find(({ sheetId }) => sheetId === entry.sheet_id);
  if (tab === undefined) return;
  const of = { header: headers.get(tab.sheetId) ?? [], title: tab.title };
  const [columns, marker] = [[...placeColumns(of, entry.columns).values()], columnOf(of, MARKER_HEADER)];
  const own = marker === -1 ? columns : [marker, ...columns];
  // without its marker nobody can tell whose a row is
  const kept = marker === -1 ? new Map<number, number[]>() : await readRowsOfOthers(api, tab, { marker, columns });
  if (kept.size === 0 && !(await holdsOthers(api, tab, new Set(own)))) {
    remove(tab, removal);
    return;
  }
  for (const [column, rows] of kept) removal.requests.push(...emptyRequests(tab, { column, rows }));
  const gone = own.filter((column) => !kept.has(column));
  // from the right, so that those on the left stay where they are
  for (const column of gone.toSorted((one, other) => other - one)) {
    const range = { sheetId: tab.sheetId, dimension: "COLUMNS", startIndex: column, endIndex: column + 1 };
    removal.requests.push({ deleteDimension: { range } });
  }
  removal.statements.push(`REMOVE ${counted(gone.length)} FROM TAB "${tab.title}", which has others too`);
  if (kept.size > 0)
    removal.statements.push(`EMPTY ${counted(kept.size)} OF TAB "${tab.title}", but for what others have there`);
}

function counted(columns: number): string {
  return columns === 1 ? "1 COLUMN" : `${columns} COLUMNS`;
}

/** Yields the requests that empty a column but for some rows. */
function emptyRequests(
  { sheetId, rowCount }: Tab,
  { column, rows }: { column: number; rows: readonly number[] },
): ChangeRequest[] {
  const starts = [0, ...rows.map((row) => row + 1)];
  return starts.flatMap((startRowIndex, index) => {
    const endRowIndex = rows[index] ?? rowCount;
    if (startRowIndex === endRowIndex) return [];
    const range = { sheetId, startRowIndex, endRowIndex, startColumnIndex: column, endColumnIndex: column + 1 };
    return [{ repeatCell: { range, cell: {}, fields: "userEnteredValue" } }];
  });
}

function remove({ sheetId, title }: Tab, { requests, statements, gone }: Removal): void {
  requests.push({ deleteSheet: { sheetId } });
  statements.push(`REMOVE TAB "${title}"`);
  gone.add(sheetId);
}

/** Tells whether a cell outside of our columns holds something. */
async function holdsOthers(api: SheetsApi, { title, rowCount, columnCount }: Tab, own: ReadonlySet<number>) {
  const others = Array.from({ length: columnCount }, (_, column) => column).filter((column) => !own.has(column));
  const ranges = others.map((column) =>
    rangeOf(title, { startRow: 0, endRow: rowCount, startColumn: column, endColumn: column + 1 }),
  );
  const answers: ReadValue[][][] = await api.values(ranges, "COLUMNS");
  return answers.some((values) => values.length > 0);
}

function overviewTab({ file, entries }: Snapshot): Tab | undefined {
  return file.tabs.find(({ sheetId }) => sheetId === entries.get(OVERVIEW_NAME)?.sheet_id);
}

/** Plans that the overview and the ledger go with the last of what they tell of; yields whether they do. */
function planOwnTabs(snapshot: Snapshot, removal: Removal): boolean {
  const { file, ledger } = snapshot;
  const { changes } = removal;
  const kept = (["tab", "state", "end"] as const).flatMap((kind) =>
    [...(ledger?.all(kind).keys() ?? [])].filter(
      (name) => name !== OVERVIEW_NAME && !changes.some((change) => change.kind === kind && change.name === name),
    ),
  );
  const overview = overviewTab(snapshot);
  const ledgerTab = file.tabs.find(({ title }) => title === LEDGER_TITLE);
  const own = [overview, ledgerTab].filter((tab) => tab !== undefined);
  const left = file.tabs.filter((tab) => !removal.gone.has(tab.sheetId) && !own.includes(tab));
  // a file has to keep one tab
  if (kept.length > 0 || left.length === 0) return false;
  for (const tab of own) remove(tab, removal);
  return true;
}
