import { rangeOf } from "./document/a1.ts";
import type { Layout, Run } from "./document/layout.ts";
import type { ValueRange } from "./google/sheets-api.ts";
import type { PendingRow, PendingRows } from "./stream-rows.ts";
import type { CellInput } from "./value/cell.ts";

/** What one range costs beside its values. */
const RANGE_BYTES = 80;
/** What the values of one row cost in a range beside themselves: two brackets and a comma. */
const ROW_BYTES = 3;

type Placed = { row: number; pending: PendingRow };
/** Rows that stand one below the other, and their size in a request. */
type Block = { rows: Placed[]; bytes: number };
/** Ranges that are in one request, so that never only some of them are there. */
type Piece = { ranges: ValueRange[]; bytes: number };
type Place = { column: number; property: string | undefined };

/** Rows of one tab and their places. */
export type RowsToWrite = {
  layout: Layout;
  /** By which a row is known again. */
  keyProperties: readonly string[];
  batch: PendingRows;
  rows: ReadonlyMap<string, number>;
  /** An appended row is first marked as one that is not committed yet; of others the marker says that the rest is there. */
  isMarkerFirst: boolean;
};

/**
 * Yields the ranges that write rows to their places, in groups of which each is one request. Only our own columns are
 * in them. A row is in one request; of one that is too large for that, the first has what it is known by.
 */
export function rowWrites(parts: readonly RowsToWrite[], maxBytes: number): ValueRange[][] {
  const groups: ValueRange[][] = [];
  let room = 0;
  for (const part of parts) {
    for (const { ranges, bytes } of pieces(part, maxBytes)) {
      if (bytes > room) {
        groups.push([]);
        room = maxBytes;
      }
      groups.at(-1)?.push(...ranges);
      room -= bytes;
    }
  }
  return groups;
}

function* pieces(part: RowsToWrite, maxBytes: number): Generator<Piece> {
  const { layout } = part;
  for (const { rows, bytes } of blocks(part, maxBytes)) {
    const [first] = rows;
    if (first === undefined) continue;
    if (bytes <= maxBytes) yield { ranges: layout.runs.map((run) => rangeOfRun(layout, rows, run)), bytes };
    else yield* piecesOfRow(part, first);
  }
}

/** Yields rows that stand one below the other, as many as fit a request, and one that does not by itself. */
function* blocks({ layout, batch, rows }: RowsToWrite, maxBytes: number): Generator<Block> {
  const placed = [...batch].map(([key, pending]) => ({ row: rows.get(key) ?? 0, pending }));
  const rangesBytes = layout.runs.length * RANGE_BYTES;
  let block: Block = { rows: [], bytes: rangesBytes };
  for (const each of placed.toSorted((one, other) => one.row - other.row)) {
    const size = sizeOf(layout, each.pending);
    const last = block.rows.at(-1);
    if (last !== undefined && (each.row !== last.row + 1 || block.bytes + size > maxBytes)) {
      yield block;
      block = { rows: [], bytes: rangesBytes };
    }
    block.rows.push(each);
    block.bytes += size;
  }
  if (block.rows.length > 0) yield block;
}

/**
 * Yields the cells of a row that no request can hold, so that the row is known again wherever that ends: a new one by its
 * key, an appended one by its marker; and of a deleted one the key goes when its marker comes, which has it.
 */
function* piecesOfRow({ layout, keyProperties, isMarkerFirst }: RowsToWrite, placed: Placed): Generator<Piece> {
  const places = layout.runs.flatMap(({ start, properties }) =>
    properties.map((property, index): Place => ({ column: start + index, property })),
  );
  const marker = places.filter(({ property }) => property === undefined);
  const key = places.filter(({ property }) => property !== undefined && keyProperties.includes(property));
  const others = places.filter((place) => !marker.includes(place) && !key.includes(place)).map((place) => [place]);
  const upserted = [key, ...others, marker];
  const deleted = [...others, [...key, ...marker]];
  const appended = [marker, key, ...others];
  for (const together of isMarkerFirst ? appended : placed.pending.cells === undefined ? deleted : upserted) {
    const ranges = together.map(({ column, property }) =>
      rangeOfRun(layout, [placed], { start: column, properties: [property] }),
    );
    const cells = together.reduce((sum, { property }) => sum + bytesOf(placed.pending, property), 0);
    yield { ranges, bytes: together.length * (RANGE_BYTES + ROW_BYTES) + cells };
  }
}

function rangeOfRun({ tab: { title } }: Layout, rows: readonly Placed[], { start, properties }: Run): ValueRange {
  const startRow = rows[0]?.row ?? 0;
  const area = {
    startRow,
    endRow: startRow + rows.length,
    startColumn: start,
    endColumn: start + properties.length,
  };
  const values = rows.map(({ pending }) => properties.map((property) => cellOf(pending, property)));
  return { range: rangeOf(title, area), values };
}

function cellOf({ marker, cells }: PendingRow, property: string | undefined): CellInput {
  if (property === undefined) return marker;
  return cells?.get(property) ?? "";
}

/** Yields the size of a row as it is sent, without that of its ranges. */
function sizeOf({ runs }: Layout, pending: PendingRow): number {
  let size = runs.length * ROW_BYTES;
  for (const { properties } of runs) for (const property of properties) size += bytesOf(pending, property);
  return size;
}

/** Yields the size of a cell as it is sent, with a comma. */
function bytesOf(pending: PendingRow, property: string | undefined): number {
  return Buffer.byteLength(JSON.stringify(cellOf(pending, property))) + 1;
}
