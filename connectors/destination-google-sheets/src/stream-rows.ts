import type { Payload } from "@sluice/protocol";
import type { RecordLine } from "@sluice/protocol/stdio";
import type { Layout } from "./document/layout.ts";
import type { Rows } from "./document/rows.ts";
import { isAppended, type StreamShape } from "./document/stream-shape.ts";
import type { Fate } from "./tally.ts";
import type { CellInput } from "./value/cell.ts";
import { contentHash, markerText, parseMarker, wins, type Marker } from "./value/marker.ts";
import { parsed, recordCells } from "./value/record-cells.ts";
import { keyText, recordKey } from "./value/record-key.ts";

/** A row to be written; one without cells is emptied. */
export type PendingRow = { marker: string; cells: Map<string, CellInput> | undefined };
/** The rows of one batch by their key: what identifies a record, or where rows are appended, the number of the row. */
export type PendingRows = Map<string, PendingRow>;

/** What became of a record: its fate, how many values are altered, and for a rejected one the message. */
export type Taken = { fate: Fate; altered: number; rejected?: Payload<"rejected"> };

const UNFIT = "no cell can hold one of its values: it is too long, or has U+0000 or half of a surrogate pair";

type Held = { row: number; marker: string; isLive: boolean };

export type StreamRowsOptions = {
  shape: StreamShape;
  layout: Layout;
  /** Of whom appended rows are. */
  writerMark: string;
  /** How many rows this writer has appended and committed. */
  committedEnd: number;
  /** Whether a record is rejected that has a value which no cell can hold as it is; otherwise the value is altered. */
  rejectsUnfit: boolean;
};

/**
 * The rows of one stream in one tab: where each is, what waits to be written, and what is being written. What is where is
 * learnt from the tab itself, so that it can be learnt anew whenever a person has moved things.
 */
export class StreamRows {
  readonly shape: StreamShape;
  readonly isAppended: boolean;
  layout: Layout;
  readonly #writerMark: string;
  readonly #rejectsUnfit: boolean;
  readonly #index = new Map<string, Held>();
  #pending: PendingRows = new Map();
  #writing: PendingRows = new Map();
  #nextRow = 1;
  #liveRows = 0;
  #appended: number;
  #last: Held | undefined;

  constructor({ shape, layout, writerMark, committedEnd, rejectsUnfit }: StreamRowsOptions) {
    this.shape = shape;
    this.layout = layout;
    this.isAppended = isAppended(shape);
    this.#writerMark = writerMark;
    this.#rejectsUnfit = rejectsUnfit;
    this.#appended = committedEnd;
  }

  /** How many rows this writer has appended, those that wait included. */
  get appended(): number {
    return this.#appended;
  }

  /** Rows that show something, once what waits is written. */
  get liveRows(): number {
    return this.#liveRows;
  }

  /** The first row below everything that is in the tab. */
  get nextRow(): number {
    return this.#nextRow;
  }

  /** The lowest row that is known, by which a tab that was changed is recognised. */
  get last(): Readonly<Held> | undefined {
    return this.#last;
  }

  /** Learns what is in the tab; of rows that this writer appended only those behind the committed ones matter. */
  learn(rows: Rows, committedEnd: number): void {
    this.#index.clear();
    this.#last = undefined;
    this.#liveRows = 0;
    this.#nextRow = rows.nextRow;
    for (const [at, text] of rows.markers.entries()) {
      const row = at + 1;
      const marker = parseMarker(text);
      if (text !== "") this.#last = { row, marker: text, isLive: true };
      if (!this.isAppended) this.#learnKeyed({ row, text, marker, key: rows.keys[at] ?? [] });
      else if (text !== "") {
        this.#liveRows += 1;
        const number = numberOf(marker, this.#writerMark);
        if (number > committedEnd) this.#index.set(String(number), { row, marker: text, isLive: true });
      }
    }
  }

  /** Yields the rows that this writer appended and never committed, which are to be emptied: their records come again. */
  dropUncommitted(): number[] {
    if (!this.isAppended) return [];
    const rows = new Set([...this.#index.values()].map(({ row }) => row));
    this.#index.clear();
    this.#liveRows -= rows.size;
    while (rows.has(this.#nextRow - 1)) this.#nextRow -= 1;
    // with rows gone above it, the last one may be one of them
    if (rows.size > 0) this.#last = undefined;
    return [...rows];
  }

  /** Takes a record in; it is written with the next batch, or nothing of it is. */
  take(record: RecordLine): Taken {
    return this.isAppended ? this.#append(record) : this.#merge(record);
  }

  /** Yields what waits, and goes on with nothing waiting. */
  seal(): PendingRows {
    this.#writing = this.#pending;
    this.#pending = new Map();
    return this.#writing;
  }

  /** Yields the row of each key of the batch that is being written, new ones below everything. */
  place(batch: PendingRows): Map<string, number> {
    const rows = new Map<string, number>();
    let next = this.#nextRow;
    for (const key of batch.keys()) {
      const known = this.#index.get(key)?.row;
      rows.set(key, known ?? next);
      if (known === undefined) next += 1;
    }
    return rows;
  }

  /** Yields some of the rows that a batch replaces, with the marker that stands there, spread over all of them. */
  replaced(batch: PendingRows, most: number): { row: number; marker: string }[] {
    const known = [...batch.keys()].map((key) => this.#index.get(key)).filter((held) => held !== undefined);
    const step = Math.max(1, Math.ceil(known.length / most));
    return known.filter((_, index) => index % step === 0);
  }

  /** Takes note that a batch was written to these rows. */
  settle(batch: PendingRows, rows: ReadonlyMap<string, number>): void {
    for (const [key, { marker, cells }] of batch) {
      const held = { row: rows.get(key) ?? 0, marker, isLive: cells !== undefined };
      if (this.#index.get(key)?.isLive === true) this.#liveRows -= 1;
      if (cells !== undefined) this.#liveRows += 1;
      // an appended row is not written again, and a sheet has room for millions
      if (!this.isAppended) this.#index.set(key, held);
      this.#nextRow = Math.max(this.#nextRow, held.row + 1);
      if (this.#last === undefined || held.row >= this.#last.row) this.#last = held;
    }
    this.#writing = new Map();
  }

  /** Yields the rows that are kept for keys, so that a full refresh puts each where it was. */
  keptRows(): Map<string, number> {
    return new Map([...this.#index].map(([key, { row }]) => [key, row]));
  }

  /** Gives keys the rows that they have in another tab, and begins below all of those. */
  keepRows(rows: ReadonlyMap<string, number>, nextRow: number): void {
    for (const [key, row] of rows) if (!this.#index.has(key)) this.#index.set(key, { row, marker: "", isLive: false });
    this.#nextRow = Math.max(this.#nextRow, nextRow);
  }

  #learnKeyed({
    row,
    text,
    marker,
    key,
  }: {
    row: number;
    text: string;
    marker: Marker | undefined;
    key: string[];
  }): void {
    if (marker?.type === "deleted") this.#hold(marker.key, { row, marker: text, isLive: false });
    else if (key.some((part) => part !== "") || marker !== undefined) {
      this.#liveRows += 1;
      this.#hold(keyText(key), { row, marker: text, isLive: true });
    }
  }

  /** Of rows that a person has copied the first counts. */
  #hold(key: string, held: Held): void {
    if (!this.#index.has(key)) this.#index.set(key, held);
  }

  #append(record: RecordLine): Taken {
    const { cells, altered } = recordCells(record, this.shape.kinds);
    if (altered > 0 && this.#rejectsUnfit) return this.#rejected(record, UNFIT);
    this.#appended += 1;
    const writer = `${this.#writerMark}.${this.#appended}`;
    const marker = markerText({ type: "appended", version: record.version, writer });
    this.#pending.set(String(this.#appended), { marker, cells });
    return { fate: record.op === "delete" ? "deleted" : "written", altered };
  }

  #rejected(record: RecordLine, reason: string): Taken {
    const data = parsed(record);
    const key = this.shape.keyProperties.map((property) => data[property] ?? null);
    const rejected = { stream: record.stream, key: key.length === 1 ? key[0] : key, reason, data };
    return { fate: "rejected", altered: 0, rejected };
  }

  #merge(record: RecordLine): Taken {
    const { texts, problem } = recordKey(record.data, this.shape.keyProperties);
    // what is no JSON ends the load, whatever becomes of the record
    parsed(record);
    if (texts === undefined) return this.#rejected(record, problem);
    const key = keyText(texts);
    const waiting = this.#pending.get(key);
    const held = waiting?.marker ?? this.#writing.get(key)?.marker ?? this.#index.get(key)?.marker;
    const holder = held === undefined ? undefined : parseMarker(held);
    const { version } = record;
    if (record.op === "delete") {
      const isKnown = held !== undefined && holder?.type !== "deleted";
      // without a version it can come too late for nothing
      if (!isKnown && version === undefined) return { fate: "skipped", altered: 0 };
      const marker: Marker = { type: "deleted", version, key };
      if (!wins(marker, holder)) return { fate: "skipped", altered: 0 };
      this.#pending.set(key, { marker: markerText(marker), cells: undefined });
      return { fate: isKnown ? "deleted" : "skipped", altered: 0 };
    }
    const marker: Marker = { type: "row", version, hash: contentHash(record.data) };
    if (!wins(marker, holder)) return { fate: "skipped", altered: 0 };
    const { cells, altered } = recordCells(record, this.shape.kinds);
    if (altered > 0 && this.#rejectsUnfit) return this.#rejected(record, UNFIT);
    this.#pending.set(key, { marker: markerText(marker), cells });
    const isSuperseding = waiting?.cells !== undefined;
    return { fate: isSuperseding ? "skipped" : "written", altered };
  }
}

/** Yields which of the rows that a writer appended a marker stands for; 0 for those of others. */
function numberOf(marker: Marker | undefined, writerMark: string): number {
  if (marker?.type !== "appended") return 0;
  const [mark, number] = marker.writer.split(".");
  return mark === writerMark ? Number(number) : 0;
}
