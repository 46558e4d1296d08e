import { SluiceError } from "@sluice/protocol";
import { log } from "@sluice/protocol/stdio";
import { answeredPoints, type Batch, type PendingPoint } from "./batch.ts";
import type { Config } from "./config.ts";
import { rangeOf, rowRange } from "./document/a1.ts";
import { overBudget } from "./document/budget.ts";
import { addedColumnRequests, formatRequests } from "./document/column-requests.ts";
import { cellsOf, readFile, type File } from "./document/file.ts";
import { headerTexts, requiredColumn, MARKER_HEADER, type Layout } from "./document/layout.ts";
import type { EntryChange } from "./document/ledger.ts";
import { reportRequests, type StreamReport } from "./document/overview.ts";
import { widened } from "./document/plan.ts";
import { readSnapshot, type Snapshot } from "./document/snapshot.ts";
import { tabChange } from "./document/tab-entry.ts";
import { placeRequests, stagingLayout } from "./generation.ts";
import { isRefusal, isUnknownOutcome } from "./google/failure.ts";
import type { ChangeRequest, SheetsApi } from "./google/sheets-api.ts";
import { learnRows, type Opened, type OpenedStream } from "./opened-stream.ts";
import { rowWrites, type RowsToWrite } from "./row-writes.ts";
import { endChange, stateChange } from "./take-over.ts";
import type { Tally } from "./tally.ts";

const ATTEMPTS = 4;
/** Rows that are looked at before a batch is written. */
const LOOKS = 60;
/** A tab grows by a fourth, so that not every batch has to ask for rows. */
const GROWTH = 0.25;
const LEAST_GROWTH_ROWS = 200;

export type SheetWriterOptions = { api: SheetsApi; config: Config; opened: Opened; tally: Tally };

/**
 * Writes batches, one after the other: room first, then a look whether everything is still where it was, the rows to
 * explicit ranges, and at last what is committed. Whatever is interrupted can be done again with the same result.
 */
export class SheetWriter {
  readonly #api: SheetsApi;
  readonly #config: Config;
  readonly #tally: Tally;
  readonly #opened: Opened;
  readonly #streams = new Map<string, OpenedStream>();
  readonly #statuses = new Map<string, string>();
  /** Of each appended stream, how many rows are committed. */
  readonly #ends = new Map<string, number>();
  /** Streams, by name, and "" for all, that have a state of this pipeline. */
  readonly #stated: Set<string>;
  #cells = 0;
  #file: File | undefined;

  constructor({ api, config, opened, tally }: SheetWriterOptions) {
    this.#api = api;
    this.#config = config;
    this.#opened = opened;
    this.#tally = tally;
    this.#stated = new Set(opened.states.map(({ stream }) => stream));
    for (const stream of opened.streams) this.add(stream);
  }

  add(stream: OpenedStream): void {
    this.#streams.set(stream.shape.name, stream);
    this.#ends.set(stream.shape.name, stream.rows.appended);
    this.#file = undefined;
  }

  stream(name: string): OpenedStream {
    const found = this.#streams.get(name);
    if (found === undefined) throw new SluiceError("protocol", `The stream "${name}" is not in the catalog.`);
    return found;
  }

  get streams(): OpenedStream[] {
    return [...this.#streams.values()];
  }

  /** Resolves once the rows of a batch and its points are durable. `isLast` also brings the overview up to date. */
  async write(batch: Batch, isLast: boolean): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#writeRows(batch);
        await this.#commit(batch, isLast);
        return;
      } catch (error) {
        if (attempt === ATTEMPTS || !isRefusal(error)) throw error;
        log("info", "The spreadsheet was changed meanwhile; it is read again.");
        await this.#learnAnew();
      }
    }
  }

  async #writeRows(batch: Batch): Promise<void> {
    const parts = [...batch.rows].filter(([, rows]) => rows.size > 0).map(([name]) => this.stream(name));
    if (parts.length === 0) return;
    for (const stream of parts) await this.#addColumns(stream, batch);
    for (let attempt = 1; ; attempt += 1) {
      for (const stream of parts) await this.#addRows(stream, batch);
      if (await this.#isAsKnown(parts, batch)) break;
      if (attempt === ATTEMPTS)
        throw new SluiceError(
          "transient",
          "The spreadsheet is changed again and again while it is written; try later.",
        );
      log("info", "Somebody has moved rows or columns of the spreadsheet; it is read again.");
      await this.#learnAnew();
    }
    const writes: RowsToWrite[] = parts.map(({ shape, rows }) => {
      const pending = batch.rows.get(shape.name) ?? new Map();
      return { layout: rows.layout, batch: pending, rows: rows.place(pending), isMarkerFirst: rows.isAppended };
    });
    const { writer } = this.#opened;
    for (const ranges of rowWrites(writes, this.#config.max_batch_bytes))
      await this.#api.writeValues(writer === undefined ? ranges : [writer.fence(), ...ranges]);
    for (const [index, { rows }] of parts.entries()) {
      const write = writes[index];
      if (write !== undefined) rows.settle(write.batch, write.rows);
    }
    batch.rows.clear();
  }

  /** Adds columns for properties that the schema did not tell of. */
  async #addColumns(stream: OpenedStream, batch: Batch): Promise<void> {
    const properties = new Set<string>();
    for (const { cells } of batch.rows.get(stream.shape.name)?.values() ?? [])
      for (const property of cells?.keys() ?? [])
        if (!stream.rows.layout.columns.has(property)) properties.add(property);
    if (properties.size === 0) return;
    stream.rows.layout = await this.#widen(stream, stream.rows.layout, [...properties]);
    if (stream.generation === undefined) stream.live = stream.rows.layout;
    else stream.generation.staging = stream.rows.layout;
  }

  async #widen(stream: OpenedStream, layout: Layout, properties: string[]): Promise<Layout> {
    const { shape, entry } = stream;
    const { tab, header } = layout;
    const wide = widened({ shape, tab, header, known: new Map(entry.columns) }, properties);
    if (wide.columns.length === 0) return layout;
    await this.#assertRoom(stream, { rows: tab.rowCount, columns: wide.layout.tab.columnCount, layout });
    const changed = { ...entry, columns: wide.names };
    const staged = this.#opened.ledger.stage([tabChange(shape.name, changed)]);
    const place = { sheetId: tab.sheetId, column: tab.columnCount };
    await this.#change([...addedColumnRequests(place, wide.columns), ...staged.requests], "adding columns");
    staged.kept();
    stream.entry = changed;
    this.#cells += tab.rowCount * wide.columns.length;
    return wide.layout;
  }

  async #addRows(stream: OpenedStream, batch: Batch): Promise<void> {
    const { rows, shape } = stream;
    const places = rows.place(batch.rows.get(shape.name) ?? new Map());
    const needed = 1 + Math.max(0, ...places.values());
    await this.#growTo(stream, rows.layout, needed);
  }

  async #growTo(stream: OpenedStream, layout: Layout, needed: number): Promise<void> {
    const { tab, columns } = layout;
    if (needed <= tab.rowCount) return;
    const wanted = needed + Math.max(LEAST_GROWTH_ROWS, Math.ceil(needed * GROWTH));
    const room = this.#config.cells_budget - (await this.#cellsNow());
    const affordable = tab.rowCount + Math.floor(room / tab.columnCount);
    const rowCount = Math.max(needed, Math.min(wanted, affordable));
    await this.#assertRoom(stream, { rows: rowCount, columns: tab.columnCount, layout });
    const length = rowCount - tab.rowCount;
    const formats = [...columns].flatMap(([property, column]) =>
      formatRequests({ sheetId: tab.sheetId, column }, stream.shape.kinds.get(property) ?? "plain", tab.rowCount),
    );
    const appendDimension = { sheetId: tab.sheetId, dimension: "ROWS", length };
    await this.#change([{ appendDimension }, ...formats], "adding rows");
    this.#cells += length * tab.columnCount;
    tab.rowCount = rowCount;
  }

  async #assertRoom(
    { shape }: OpenedStream,
    { rows, columns, layout }: { rows: number; columns: number; layout: Layout },
  ): Promise<void> {
    const { tab } = layout;
    const cells = (await this.#cellsNow()) + rows * columns - tab.rowCount * tab.columnCount;
    const budget = this.#config.cells_budget;
    if (cells > budget) throw overBudget({ stream: shape.name, tab: tab.title, rows, columns, cells, budget });
  }

  async #cellsNow(): Promise<number> {
    if (this.#file === undefined) {
      this.#file = await readFile(this.#api);
      this.#cells = cellsOf(this.#file);
    }
    return this.#cells;
  }

  /** Tells whether headers, the lowest rows and some of those to be replaced are where they were: a person may sort and insert. */
  async #isAsKnown(parts: readonly OpenedStream[], batch: Batch): Promise<boolean> {
    const most = Math.max(1, Math.floor(LOOKS / parts.length));
    const looks = parts.flatMap(({ shape, rows }) => {
      const { layout, last } = rows;
      const { tab, header, marker } = layout;
      const replaced = rows.replaced(batch.rows.get(shape.name) ?? new Map(), most);
      const places = last === undefined ? replaced : [last, ...replaced];
      return [
        { range: rowRange(tab.title, 0), known: header },
        ...places.map(({ row, marker: text }) => ({
          range: rangeOf(tab.title, { startRow: row, endRow: row + 1, startColumn: marker, endColumn: marker + 1 }),
          known: text === "" ? [] : [text],
        })),
      ];
    });
    const answers = await this.#api.values(looks.map(({ range }) => range));
    return looks.every(({ known }, index) => isSame(headerTexts(answers[index]?.[0]), known));
  }

  /** Learns anew where everything is; throws `protocol` when another process has taken over. */
  async #learnAnew(): Promise<Snapshot> {
    const snapshot = await readSnapshot(this.#api);
    this.#opened.writer?.assertNewest(snapshot.file);
    this.#file = snapshot.file;
    this.#cells = cellsOf(snapshot.file);
    for (const stream of this.#streams.values()) {
      const { entry, shape } = stream;
      const tab = snapshot.file.tabs.find(({ sheetId }) => sheetId === entry.sheet_id);
      if (tab === undefined)
        throw new SluiceError(
          "config",
          `The tab of the stream "${shape.name}" was deleted while it was written; restore it from the version history, or load the stream from its beginning.`,
          { stream: shape.name },
        );
      const header = snapshot.headers.get(tab.sheetId) ?? [];
      requiredColumn(header, MARKER_HEADER, tab.title);
      stream.live = widened({ shape, tab, header, known: new Map(entry.columns) }, []).layout;
      const staging = snapshot.file.tabs.find(({ sheetId }) => sheetId === stream.generation?.staging.tab.sheetId);
      if (stream.generation !== undefined && staging !== undefined)
        stream.generation.staging = stagingLayout(stream, staging, snapshot);
      stream.rows.layout = stream.generation?.staging ?? stream.live;
    }
    await learnRows(this.#api, { streams: [...this.#streams.values()], ends: this.#ends });
    return snapshot;
  }

  /** Keeps the states and the ends of appended rows, and puts refreshes that are complete in place, all at once. */
  async #commit({ points }: Batch, isLast: boolean): Promise<void> {
    for (const { point } of points)
      if (point.type === "status") this.#statuses.set(point.status.stream, point.status.status);
    const completed = points.flatMap(({ point }) =>
      point.type === "status" && point.status.status === "complete" ? [point.status.stream] : [],
    );
    const placed = completed.map((name) => this.stream(name)).filter(({ generation }) => generation !== undefined);
    if (placed.length > 0) await this.#makeRoomToPlace(placed);
    const changes = this.#changes(points, placed);
    const isReported = isLast || points.some(({ point }) => point.type === "status");
    for (let attempt = 1; ; attempt += 1) {
      const staged = this.#opened.ledger.stage(changes);
      const places = placed.flatMap(({ live, generation, rows }) =>
        generation === undefined ? [] : placeRequests(live, { staging: generation.staging, rows: rows.nextRow }),
      );
      const reports = isReported || staged.requests.length > 0 ? this.#reports() : [];
      const requests = [...places, ...staged.requests, ...reports];
      if (requests.length === 0) break;
      try {
        await this.#change(requests, "committing", placed.length === 0);
        staged.kept();
        break;
      } catch (error) {
        if (attempt === ATTEMPTS || placed.length === 0 || !isUnknownOutcome(error)) throw error;
        // a refresh that is in place already has no hidden tab any more
        if (await this.#isPlaced(placed)) placed.length = 0;
      }
    }
    this.#keep(points);
    for (const name of completed) this.#finish(this.stream(name));
  }

  async #isPlaced(placed: readonly OpenedStream[]): Promise<boolean> {
    const { tabs } = await readFile(this.#api);
    return placed.every(({ generation }) => !tabs.some(({ sheetId }) => sheetId === generation?.staging.tab.sheetId));
  }

  async #makeRoomToPlace(placed: readonly OpenedStream[]): Promise<void> {
    // a person may have moved columns while the rows were gathered
    await this.#learnAnew();
    for (const stream of placed) {
      const missing = [...stream.rows.layout.columns.keys()].filter((property) => !stream.live.columns.has(property));
      stream.live = await this.#widen(stream, stream.live, missing);
      await this.#growTo(stream, stream.live, stream.rows.nextRow);
    }
  }

  #changes(points: readonly PendingPoint[], placed: readonly OpenedStream[]): EntryChange[] {
    const { writer } = this.#opened;
    const changes = placed.map(({ shape, entry, generation }) =>
      tabChange(shape.name, { ...entry, generation: { id: generation?.id ?? "", is_placed: true } }),
    );
    if (writer === undefined) return changes;
    const { pipelineId, epoch } = writer;
    const stated = new Set(this.#stated);
    const ends = new Map<string, number>();
    for (const { point, ends: then } of answeredPoints(points)) {
      if (point.type === "state") {
        changes.push(stateChange(pipelineId, epoch, { state: point.state, line: point.line }));
        stated.add(point.state.stream ?? "");
        for (const [stream, end] of then)
          if (point.state.scope === "global" || point.state.stream === stream) ends.set(stream, end);
      } else if (point.status.status === "complete" && !stated.has("") && !stated.has(point.status.stream)) {
        // rows behind the last state come again with it; without any state all of them are committed by their end
        const end = then.get(point.status.stream);
        if (end !== undefined) ends.set(point.status.stream, end);
      }
    }
    return [...changes, ...[...ends].map(([stream, end]) => endChange(pipelineId, stream, end))];
  }

  #keep(points: readonly PendingPoint[]): void {
    for (const { point, ends } of points) {
      if (point.type !== "state") continue;
      this.#stated.add(point.state.stream ?? "");
      for (const [stream, end] of ends)
        if (point.state.scope === "global" || point.state.stream === stream) this.#ends.set(stream, end);
    }
  }

  #finish(stream: OpenedStream): void {
    const { generation } = stream;
    if (generation === undefined) return;
    stream.entry = { ...stream.entry, generation: { id: generation.id, is_placed: true } };
    stream.generation = undefined;
    stream.rows.layout = stream.live;
  }

  #reports(): ChangeRequest[] {
    const reports = this.streams.map(({ shape, rows, live }): StreamReport => {
      const { rejected } = this.#tally.of(shape.name);
      const status = this.#statuses.get(shape.name) ?? "running";
      const altered = this.#tally.altered(shape.name);
      return { stream: shape.name, tab: live.tab.title, rows: rows.liveRows, rejected, altered, status };
    });
    return reportRequests(this.#opened.overviewId, this.#opened.reportRows, { reports, now: Date.now() });
  }

  async #change(requests: ChangeRequest[], doing: string, isRepeatable = true): Promise<void> {
    const { writer } = this.#opened;
    if (writer === undefined) return this.#api.change(requests, { doing, isRepeatable });
    this.#file ??= await readFile(this.#api);
    await this.#api.change([writer.fenceRequest(this.#file), ...requests], { doing, isRepeatable });
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}
