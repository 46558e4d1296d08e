import { SluiceError } from "@sluice/protocol";
import { tabRequests } from "./document/column-requests.ts";
import { freeSheetId, type Tab } from "./document/file.ts";
import { MARKER_HEADER, type Layout } from "./document/layout.ts";
import { freeTitle, freshLayout, widened, type Plan, type Target } from "./document/plan.ts";
import type { Snapshot } from "./document/snapshot.ts";
import type { StreamShape } from "./document/stream-shape.ts";
import { tabChange } from "./document/tab-entry.ts";
import type { ChangeRequest } from "./google/sheets-api.ts";

/** Staged rows before there are any. */
const STAGING_ROWS = 100;

/** A full refresh that is gathered beside the old rows, in a hidden tab. */
export type Generation = { id: string; staging: Layout; isNew: boolean };

/** Yields the generation that a stream's run is of; throws `config` when none is named although the source continues. */
export function generationIdOf(
  { name, generationId }: StreamShape,
  { isResumed, startedAt }: { isResumed: boolean; startedAt: string },
): string {
  if (generationId !== undefined) return generationId;
  if (!isResumed) return `started ${startedAt}`;
  throw new SluiceError(
    "config",
    `The stream "${name}" continues a full refresh that has no generation_id, so it cannot be told from a new one; start it from its beginning, or give its configured stream a generation_id.`,
  );
}

/**
 * Plans the tab in which a full refresh is gathered, or finds the one of an interrupted refresh; rows of one that was given
 * up are dropped. Undefined when the generation is in place already, so that later records merge into it.
 */
export function planGeneration(
  plan: Plan,
  target: Target,
  { id, snapshot }: { id: string; snapshot: Snapshot },
): Generation | undefined {
  const { shape, entry, layout } = target;
  const { generation } = entry;
  if (generation?.id === id && generation.is_placed) return undefined;
  const old = snapshot.file.tabs.find(({ sheetId }) => sheetId === generation?.staging_sheet_id);
  if (generation?.id === id) {
    if (old === undefined) throw lost(shape.name);
    return { id, staging: stagingLayout(target, old, snapshot), isNew: false };
  }
  if (old !== undefined) plan.requests.unshift({ deleteSheet: { sheetId: old.sheetId } });
  const sheetId = freeSheetId(plan.taken);
  plan.taken.add(sheetId);
  const titles = new Map(snapshot.file.tabs.filter((tab) => tab !== old).map((tab) => [tab.title.toLowerCase(), tab]));
  const title = freeTitle(`${layout.tab.title} (loading)`, titles);
  const columns = entry.columns.map(([property, header]) => ({ header, kind: shape.kinds.get(property) ?? "plain" }));
  plan.requests.push(...tabRequests({ sheetId, title, rows: STAGING_ROWS, isHidden: true }, columns));
  target.entry = { ...entry, generation: { id, is_placed: false, staging_sheet_id: sheetId } };
  plan.changes.push(tabChange(shape.name, target.entry));
  const tab = { sheetId, title, rowCount: STAGING_ROWS, columnCount: columns.length + 1, isGrid: true };
  return { id, staging: freshLayout(tab, entry.columns), isNew: true };
}

/** Yields the layout of a tab in which a refresh is gathered, as it is. */
export function stagingLayout({ shape, entry }: Pick<Target, "shape" | "entry">, tab: Tab, snapshot: Snapshot): Layout {
  const header = snapshot.headers.get(tab.sheetId) ?? [];
  if (!header.includes(MARKER_HEADER)) throw lost(shape.name);
  return widened({ shape, tab, header, known: new Map(entry.columns) }, []).layout;
}

/**
 * Yields the requests that put gathered rows in place of the old ones: in our own columns, where a person has moved them,
 * values alone, so that columns, formats and whatever refers to the tab stay. The live tab must have room for them.
 */
export function placeRequests(live: Layout, { staging, rows }: { staging: Layout; rows: number }): ChangeRequest[] {
  const from = new Map<string | undefined, number>([...staging.columns, [undefined, staging.marker]]);
  const to = new Map<string | undefined, number>([...live.columns, [undefined, live.marker]]);
  const area = (sheetId: number, column: number, [startRowIndex, endRowIndex]: [number, number]) => ({
    sheetId,
    startRowIndex,
    endRowIndex,
    startColumnIndex: column,
    endColumnIndex: column + 1,
  });
  const liveId = live.tab.sheetId;
  const requests = [...to].flatMap(([property, column]): ChangeRequest[] => {
    const source = from.get(property);
    const isPasted = source !== undefined && rows > 1;
    const first = isPasted ? rows : 1;
    const cleared = area(liveId, column, [first, live.tab.rowCount]);
    return [
      ...(isPasted
        ? [
            {
              copyPaste: {
                source: area(staging.tab.sheetId, source, [1, rows]),
                destination: area(liveId, column, [1, rows]),
                pasteType: "PASTE_VALUES",
              },
            },
          ]
        : []),
      ...(first < live.tab.rowCount ? [{ repeatCell: { range: cleared, cell: {}, fields: "userEnteredValue" } }] : []),
    ];
  });
  return [...requests, { deleteSheet: { sheetId: staging.tab.sheetId } }];
}

function lost(stream: string): SluiceError {
  return new SluiceError(
    "config",
    `The rows of the interrupted refresh of "${stream}" are gone, because its hidden tab is; start it from its beginning.`,
  );
}
