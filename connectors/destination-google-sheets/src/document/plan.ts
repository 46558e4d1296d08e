import { SluiceError } from "@sluice/protocol";
import type { Config } from "../config.ts";
import type { ChangeRequest } from "../google/sheets-api.ts";
import { assertFits, type Need } from "./budget.ts";
import { addedColumnRequests, tabRequests, type NewColumn } from "./column-requests.ts";
import { cellsOf, freeSheetId, type Tab } from "./file.ts";
import { Layout, MARKER_HEADER, columnOf, freeHeader, headerTexts, placeColumns, requiredColumn } from "./layout.ts";
import { LEDGER_TITLE, Ledger, type EntryChange } from "./ledger.ts";
import { OVERVIEW_TITLE, Overview } from "./overview.ts";
import type { Snapshot } from "./snapshot.ts";
import type { StreamShape } from "./stream-shape.ts";
import { tabChange, type TabEntry } from "./tab-entry.ts";

/** Rows of a tab before it has any: a header alone cannot be kept in view. */
const FIRST_ROWS = 100;
/** The ledger's name for the overview; no stream has an empty one. */
export const OVERVIEW_NAME = "";

const MOST_TITLE_CHARACTERS = 80;

/** A stream and the tab that it has once the plan is carried out. */
export type Target = { shape: StreamShape; layout: Layout; entry: TabEntry; isNew: boolean };

/** What has to be done to a file for some streams; nothing of it is done yet. */
export type Plan = {
  requests: ChangeRequest[];
  changes: EntryChange[];
  /** In words, a line each. */
  statements: string[];
  targets: Target[];
  ledger: Ledger;
  /** None where a person has removed columns of it. */
  overview: Overview | undefined;
  /** Ids of tabs that there are or will be. */
  taken: Set<number>;
};

/** Yields the plan for some streams; throws `config` for what cannot be or does not fit, with the numbers. */
export function planStreams(snapshot: Snapshot, shapes: readonly StreamShape[], config: Config): Plan {
  const { file, entries } = snapshot;
  const taken = new Set(file.tabs.map(({ sheetId }) => sheetId));
  const plan = ledgerPlan(snapshot, taken);
  const { sheetId: ledgerId } = plan.ledger;
  const titles = new Map<string, { sheetId: number }>(file.tabs.map((tab) => [tab.title.toLowerCase(), tab]));
  titles.set(LEDGER_TITLE, { sheetId: ledgerId });
  planOverview(plan, snapshot, titles);
  const own = new Set([ledgerId, ...[...entries.values()].map(({ sheet_id: id }) => id)]);
  const needs: Need[] = [];
  let newTabs = plan.statements.length;
  for (const shape of shapes) {
    const found = findTab(snapshot, { shape, titles, own });
    const target =
      found === undefined ? planTab(plan, { shape, titles, own }) : planColumns(plan, { shape, ...found, snapshot });
    plan.targets.push(target);
    if (target.isNew) newTabs += 1;
    if (shape.mode === "overwrite") newTabs += 1;
    needs.push(needOf(target, found));
  }
  assertFits({ title: file.title, cells: cellsOf(file), tabs: file.tabs.length, newTabs, needs }, config);
  return plan;
}

function ledgerPlan({ ledger }: Snapshot, taken: Set<number>): Plan {
  const base = { changes: [], targets: [], overview: undefined, taken };
  if (ledger !== undefined) return { ...base, requests: [], statements: [], ledger };
  const sheetId = freeSheetId(taken);
  taken.add(sheetId);
  const made = Ledger.make(sheetId);
  const statement = "ADD HIDDEN TAB for what Sluice keeps of its own";
  return { ...base, requests: made.requests, statements: [statement], ledger: made.ledger };
}

type Titles = Map<string, Pick<Tab, "sheetId">>;

function planOverview(plan: Plan, { file, entries }: Snapshot, titles: Titles): void {
  const id = entries.get(OVERVIEW_NAME)?.sheet_id;
  const tab = file.tabs.find(({ sheetId }) => sheetId === id);
  if (tab !== undefined) {
    plan.overview = Overview.of(tab);
    return;
  }
  const sheetId = freeSheetId(plan.taken);
  plan.taken.add(sheetId);
  const title = freeTitle(OVERVIEW_TITLE, titles);
  titles.set(title.toLowerCase(), { sheetId });
  const { overview, requests } = Overview.make(sheetId, title);
  plan.requests.push(...requests);
  plan.changes.push(tabChange(OVERVIEW_NAME, { sheet_id: sheetId, columns: [] }));
  plan.statements.push(`ADD TAB "${title}" for how each stream is doing`);
  plan.overview = overview;
}

type Search = { shape: StreamShape; titles: Titles; own: ReadonlySet<number> };
type Found = { tab: Tab; entry: TabEntry };

/** Yields the tab of a stream: the one that the ledger names, or one with its name and our column. */
function findTab({ file, entries, headers }: Snapshot, { shape, own }: Search): Found | undefined {
  const entry = entries.get(shape.name);
  const known = file.tabs.find(({ sheetId }) => sheetId === entry?.sheet_id);
  if (entry !== undefined && known !== undefined) return { tab: known, entry };
  const title = titleOf(shape.name).toLowerCase();
  const tab = file.tabs.find((each) => each.title.toLowerCase() === title);
  if (tab === undefined || own.has(tab.sheetId)) return undefined;
  const header = headers.get(tab.sheetId) ?? [];
  if (!header.includes(MARKER_HEADER))
    throw new SluiceError(
      "config",
      `The tab "${tab.title}" is not of Sluice's making, so the stream "${shape.name}" may not write to it; rename it, or leave the stream out.`,
      { stream: shape.name },
    );
  const columns = header
    .filter((text) => text !== "" && shape.kinds.has(text))
    .map((text): [string, string] => [text, text]);
  return { tab, entry: { sheet_id: tab.sheetId, columns } };
}

/** Plans a new tab. */
function planTab(plan: Plan, { shape, titles }: Search): Target {
  const sheetId = freeSheetId(plan.taken);
  plan.taken.add(sheetId);
  const title = freeTitle(titleOf(shape.name), titles);
  titles.set(title.toLowerCase(), { sheetId });
  const { columns, names } = newColumns(shape, [...shape.kinds.keys()], new Set([MARKER_HEADER]));
  plan.requests.push(...tabRequests({ sheetId, title, rows: FIRST_ROWS, isHidden: false }, columns));
  plan.statements.push(`ADD TAB "${title}" with ${columns.length} columns for the stream "${shape.name}"`);
  const entry: TabEntry = { sheet_id: sheetId, columns: names };
  plan.changes.push(tabChange(shape.name, entry));
  const tab = { sheetId, title, rowCount: FIRST_ROWS, columnCount: columns.length + 1, isGrid: true };
  return { shape, layout: freshLayout(tab, names), entry, isNew: true };
}

type KnownTab = Found & { shape: StreamShape; snapshot: Snapshot };

/** Plans the columns that a tab lacks. */
function planColumns(plan: Plan, { shape, tab, entry, snapshot }: KnownTab): Target {
  const header = snapshot.headers.get(tab.sheetId) ?? [];
  const of = { header, title: tab.title };
  requiredColumn(of, MARKER_HEADER);
  const known = new Map(entry.columns);
  for (const property of shape.keyProperties) {
    const name = known.get(property);
    if (name !== undefined) requiredColumn(of, name);
  }
  const { layout, columns, names } = widened({ shape, tab, header, known }, [...shape.kinds.keys()]);
  if (columns.length > 0) {
    plan.requests.push(...addedColumnRequests({ sheetId: tab.sheetId, column: tab.columnCount }, columns));
    const list = columns.map(({ header: name }) => `"${name}"`).join(", ");
    plan.statements.push(`ADD ${columns.length === 1 ? "COLUMN" : "COLUMNS"} ${list} TO TAB "${tab.title}"`);
  }
  const kept = { ...entry, columns: names };
  const isChanged = JSON.stringify(kept) !== JSON.stringify(snapshot.entries.get(shape.name));
  if (isChanged) plan.changes.push(tabChange(shape.name, kept));
  return { shape, layout, entry: kept, isNew: false };
}

type Widening = { shape: StreamShape; tab: Tab; header: readonly string[]; known: ReadonlyMap<string, string> };

/** Yields the layout of a tab with columns for the properties as well, those that it lacks at its end, and what they are. */
export function widened(
  { shape, tab, header, known }: Widening,
  properties: readonly string[],
): { layout: Layout; columns: NewColumn[]; names: [string, string][] } {
  const of = { header, title: tab.title };
  const places = placeColumns(of, [...known]);
  const missing = properties.filter((property) => !places.has(property));
  const taken = new Set([...header, MARKER_HEADER]);
  const { columns, names } = newColumns(shape, missing, taken);
  const wide = Array.from({ length: tab.columnCount + columns.length }, (_, column) =>
    column < tab.columnCount ? (header[column] ?? "") : (columns[column - tab.columnCount]?.header ?? ""),
  );
  for (const [index, [property]] of names.entries()) places.set(property, tab.columnCount + index);
  const all = new Map([...known, ...names]);
  const layout = new Layout(
    { ...tab, columnCount: tab.columnCount + columns.length },
    { header: headerTexts(wide), marker: columnOf(of, MARKER_HEADER), columns: places },
  );
  return { layout, columns, names: [...all] };
}

/** Yields the layout of a tab that was made just now. */
export function freshLayout(tab: Tab, names: readonly (readonly [string, string])[]): Layout {
  const header = [MARKER_HEADER, ...names.map(([, name]) => name)];
  return new Layout(tab, { header, marker: 0, columns: placeColumns({ header, title: tab.title }, names) });
}

/** Yields new columns for properties, under headers that are free. */
function newColumns({ kinds }: StreamShape, properties: readonly string[], taken: Set<string>) {
  const names: [string, string][] = [];
  const columns = properties.map((property): NewColumn => {
    const header = freeHeader(property, taken);
    taken.add(header);
    names.push([property, header]);
    return { header, kind: kinds.get(property) ?? "plain" };
  });
  return { columns, names };
}

/** A full refresh is gathered beside the old rows, and so needs its cells twice for a while. */
function needOf({ shape, layout, isNew }: Target, found: Found | undefined): Need {
  const { rowCount, columnCount } = layout.tab;
  const rows = Math.max(rowCount, (shape.expectedRows ?? 0) + 1);
  const before = found === undefined || isNew ? 0 : found.tab.rowCount * found.tab.columnCount;
  const beside = shape.mode === "overwrite" ? rows * columnCount : 0;
  return { stream: shape.name, rows, columns: columnCount, cells: rows * columnCount - before + beside };
}

function titleOf(stream: string): string {
  return stream.toWellFormed().slice(0, MOST_TITLE_CHARACTERS).toWellFormed();
}

/** Titles are compared without case. */
export function freeTitle(title: string, titles: ReadonlyMap<string, unknown>): string {
  if (!titles.has(title.toLowerCase())) return title;
  for (let number = 2; ; number += 1) {
    const other = `${title} (${number})`;
    if (!titles.has(other.toLowerCase())) return other;
  }
}
