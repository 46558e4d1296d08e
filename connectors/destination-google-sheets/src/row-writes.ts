import { rangeOf } from "./document/a1.ts";
import type { Layout, Run } from "./document/layout.ts";
import type { ValueRange } from "./google/sheets-api.ts";
import type { PendingRow, PendingRows } from "./stream-rows.ts";
import type { CellInput } from "./value/cell.ts";

/** What one range costs beside its values. */
const RANGE_BYTES = 80;

type Placed = { row: number; pending: PendingRow };
type Piece = { range: ValueRange; bytes: number };

/** Rows of one tab and their places. */
export type RowsToWrite = {
  layout: Layout;
  batch: PendingRows;
  rows: ReadonlyMap<string, number>;
  /** An appended row is first marked as one that is not committed yet; of others the marker says that the rest is there. */
  isMarkerFirst: boolean;
};

/**
 * Yields the ranges that write rows to their places, in groups of which each is one request. Only our own columns are
 * in them.
 */
export function rowWrites(parts: readonly RowsToWrite[], maxBytes: number): ValueRange[][] {
  const groups: ValueRange[][] = [];
  let group: ValueRange[] = [];
  let bytes = 0;
  for (const { batch, rows, ...tab } of parts) {
    const placed = [...batch].map(([key, pending]) => ({ row: rows.get(key) ?? 0, pending }));
    for (const block of blocks(
      placed.toSorted((one, other) => one.row - other.row),
      maxBytes,
    )) {
      for (const piece of pieces(tab, block, maxBytes)) {
        if (bytes + piece.bytes > maxBytes && group.length > 0) {
          groups.push(group);
          [group, bytes] = [[], 0];
        }
        group.push(piece.range);
        bytes += piece.bytes;
      }
    }
  }
  if (group.length > 0) groups.push(group);
  return groups;
}

/** Yields rows that stand one below the other, as many as fit a request. */
function* blocks(placed: readonly Placed[], maxBytes: number): Generator<Placed[]> {
  let block: Placed[] = [];
  let bytes = 0;
  for (const each of placed) {
    const size = sizeOf(each.pending);
    const isNext = block.length === 0 || each.row === (block.at(-1)?.row ?? 0) + 1;
    if (block.length > 0 && (!isNext || bytes + size > maxBytes)) {
      yield block;
      [block, bytes] = [[], 0];
    }
    block.push(each);
    bytes += size;
  }
  if (block.length > 0) yield block;
}

type Tab = Pick<RowsToWrite, "layout" | "isMarkerFirst">;

/** A range for each run of our columns; a single row that is too large is cut between cells. */
function* pieces({ layout, isMarkerFirst }: Tab, block: readonly Placed[], maxBytes: number): Generator<Piece> {
  const first = block[0]?.row ?? 0;
  const rank = (isMarker: boolean) => (isMarker === isMarkerFirst ? 0 : 1);
  const order = (run: Run) => rank(run.properties.includes(undefined));
  const runs = layout.runs.toSorted((one, other) => order(one) - order(other));
  for (const run of runs) {
    const values = block.map(({ pending }) => run.properties.map((property) => cellOf(pending, property)));
    const whole = piece(layout, { row: first, column: run.start, values });
    if (whole.bytes <= maxBytes || run.properties.length === 1) {
      yield whole;
      continue;
    }
    const [row = []] = values;
    if (values.length > 1) {
      for (const [index, one] of values.entries())
        yield piece(layout, { row: first + index, column: run.start, values: [one] });
      continue;
    }
    const marker = run.properties.indexOf(undefined);
    const cells = row.map((value, index) => ({ value, index, rank: rank(index === marker) }));
    for (const { value, index } of cells.toSorted((one, other) => one.rank - other.rank))
      yield piece(layout, { row: first, column: run.start + index, values: [[value]] });
  }
}

function cellOf({ marker, cells }: PendingRow, property: string | undefined): CellInput {
  if (property === undefined) return marker;
  return cells?.get(property) ?? "";
}

function piece(
  { tab: { title } }: Layout,
  { row, column, values }: { row: number; column: number; values: CellInput[][] },
): Piece {
  const area = {
    startRow: row,
    endRow: row + values.length,
    startColumn: column,
    endColumn: column + (values[0]?.length ?? 0),
  };
  return {
    range: { range: rangeOf(title, area), values },
    bytes: Buffer.byteLength(JSON.stringify(values)) + RANGE_BYTES,
  };
}

function sizeOf({ marker, cells }: PendingRow): number {
  let size = marker.length + 4;
  for (const value of cells?.values() ?? []) size += (typeof value === "string" ? Buffer.byteLength(value) : 8) + 4;
  return size;
}
