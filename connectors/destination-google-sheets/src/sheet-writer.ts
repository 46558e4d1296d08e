import { SluiceError } from "@sluice/protocol";
import { log } from "@sluice/protocol/stdio";
import { answeredPoints, type Batch, type PendingPoint } from "./batch.ts";
import type { Config } from "./config.ts";
import type { File } from "./document/file.ts";
import type { EntryChange } from "./document/ledger.ts";
import type { StreamReport } from "./document/overview.ts";
import { tabChange } from "./document/tab-entry.ts";
import { placeRequests } from "./generation.ts";
import { isRefusal } from "./google/failure.ts";
import type { SheetsApi } from "./google/sheets-api.ts";
import { OpenFile } from "./open-file.ts";
import type { Opened, OpenedStream } from "./opened-stream.ts";
import { rowWrites, type RowsToWrite } from "./row-writes.ts";
import { endChange, stateChange } from "./take-over.ts";
import type { Tally } from "./tally.ts";

const ATTEMPTS = 4;

export type SheetWriterOptions = { api: SheetsApi; config: Config; opened: Opened; tally: Tally };

/**
 * Writes batches, one after the other: room first, then a look whether everything is still where it was, the rows to
 * explicit ranges, and at last what is committed. Whatever is interrupted can be done again with the same result.
 */
export class SheetWriter {
  readonly file: OpenFile;
  readonly #api: SheetsApi;
  readonly #config: Config;
  readonly #tally: Tally;
  readonly #opened: Opened;
  readonly #statuses = new Map<string, string>();
  /** Streams, by name, and "" for all, that have a state of this pipeline. */
  readonly #stated: Set<string>;

  constructor({ api, config, opened, tally }: SheetWriterOptions) {
    this.#api = api;
    this.#config = config;
    this.#opened = opened;
    this.#tally = tally;
    this.#stated = new Set(opened.states.map(({ stream }) => stream));
    this.file = new OpenFile({ api, config, opened });
  }

  /** Resolves once the rows of a batch and its points are durable. `isLast` also brings the overview up to date. */
  async write(batch: Batch, isLast: boolean): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const hasLooked = await this.#writeRows(batch);
        await this.#commit(batch, { isLast, hasLooked });
        return;
      } catch (error) {
        if (attempt === ATTEMPTS || !isRefusal(error)) throw error;
        log("info", "The spreadsheet was changed meanwhile; it is read again.");
        await this.file.learnAnew();
      }
    }
  }

  /** Resolves to whether there was something to write, and so a look. */
  async #writeRows(batch: Batch): Promise<boolean> {
    const parts = [...batch.rows].filter(([, rows]) => rows.size > 0).map(([name]) => this.file.stream(name));
    if (parts.length === 0) return false;
    for (let attempt = 1; ; attempt += 1) {
      for (const stream of parts) await this.#addColumns(stream, batch);
      for (const stream of parts) await this.#addRows(stream, batch);
      if (await this.file.isAsKnown(parts, batch)) break;
      if (attempt === ATTEMPTS)
        throw new SluiceError(
          "transient",
          "The spreadsheet is changed again and again while it is written; try later.",
        );
      log("info", "Somebody has moved rows or columns of the spreadsheet; it is read again.");
      await this.file.learnAnew();
    }
    const writes: RowsToWrite[] = parts.map(({ shape, rows }) => {
      const pending = batch.rows.get(shape.name) ?? new Map();
      const { layout, isAppended: isMarkerFirst } = rows;
      const { keyProperties } = shape;
      return { layout, keyProperties, batch: pending, rows: rows.place(pending), isMarkerFirst };
    });
    const { writer } = this.#opened;
    for (const ranges of rowWrites(writes, this.#config.max_batch_bytes))
      await this.#api.writeValues(writer === undefined ? ranges : [writer.fence(), ...ranges]);
    for (const [index, { rows }] of parts.entries()) {
      const write = writes[index];
      if (write !== undefined) rows.settle(write.batch, write.rows);
    }
    batch.rows.clear();
    return true;
  }

  /** Adds columns for properties that the schema did not tell of. */
  async #addColumns(stream: OpenedStream, batch: Batch): Promise<void> {
    const properties = new Set<string>();
    for (const { cells } of batch.rows.get(stream.shape.name)?.values() ?? [])
      for (const property of cells?.keys() ?? [])
        if (!stream.rows.layout.columns.has(property)) properties.add(property);
    if (properties.size === 0) return;
    stream.rows.layout = await this.file.widen(stream, stream.rows.layout, [...properties]);
    if (stream.generation === undefined) stream.live = stream.rows.layout;
    else stream.generation.staging = stream.rows.layout;
  }

  async #addRows(stream: OpenedStream, batch: Batch): Promise<void> {
    const { rows, shape } = stream;
    const places = rows.place(batch.rows.get(shape.name) ?? new Map());
    const needed = 1 + places.values().reduce((most, row) => Math.max(most, row), 0);
    await this.file.growTo(stream, rows.layout, needed);
  }

  /** Keeps the states and the ends of appended rows, and puts refreshes that are complete in place, all at once. */
  async #commit({ points }: Batch, { isLast, hasLooked }: { isLast: boolean; hasLooked: boolean }): Promise<void> {
    for (const { point } of points)
      if (point.type === "status") this.#statuses.set(point.status.stream, point.status.status);
    const completed = points.flatMap(({ point }) =>
      point.type === "status" && point.status.status === "complete" ? [point.status.stream] : [],
    );
    const placed = completed.map((name) => this.file.stream(name)).filter(({ generation }) => generation !== undefined);
    if (placed.length > 0) await this.#makeRoomToPlace(placed);
    const changes = this.#changes(points, placed);
    const places = placed.flatMap(({ live, generation, rows }) =>
      generation === undefined ? [] : placeRequests(live, { staging: generation.staging, rows: rows.nextRow }),
    );
    const isEnd = isLast || points.some(({ point }) => point.type === "status");
    const isReported = isEnd || changes.length > 0;
    if (isReported && !hasLooked) await this.file.lookAtOverview();
    const stage = () => {
      const staged = this.#opened.ledger.stage(changes);
      const reported = isReported ? this.#opened.overview?.stage(this.#reports(), Date.now()) : undefined;
      return { staged, reported, requests: [...places, ...staged.requests, ...(reported?.requests ?? [])] };
    };
    let last = stage();
    if (last.requests.length > 0)
      await this.file.change(last.requests, "committing", (file) => {
        // a refresh that is in place already has no hidden tab any more, and then all the rest is done, too
        if (placed.length > 0 && isPlaced(placed, file)) return [];
        last = stage();
        return last.requests;
      });
    last.staged.kept();
    last.reported?.kept();
    this.#keep(points);
    for (const name of completed) this.#finish(this.file.stream(name));
  }

  async #makeRoomToPlace(placed: readonly OpenedStream[]): Promise<void> {
    // a person may have moved columns while the rows were gathered
    await this.file.learnAnew();
    for (const stream of placed) {
      const missing = [...stream.rows.layout.columns.keys()].filter((property) => !stream.live.columns.has(property));
      stream.live = await this.file.widen(stream, stream.live, missing);
      await this.file.growTo(stream, stream.live, stream.rows.nextRow);
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
        if (point.state.scope === "global" || point.state.stream === stream) this.file.ends.set(stream, end);
    }
  }

  #finish(stream: OpenedStream): void {
    const { generation } = stream;
    if (generation === undefined) return;
    stream.entry = { ...stream.entry, generation: { id: generation.id, is_placed: true } };
    stream.generation = undefined;
    stream.rows.layout = stream.live;
  }

  #reports(): StreamReport[] {
    return this.file.streams.map(({ shape, rows, live }): StreamReport => {
      const { rejected } = this.#tally.of(shape.name);
      const status = this.#statuses.get(shape.name) ?? "running";
      const altered = this.#tally.altered(shape.name);
      return { stream: shape.name, tab: live.tab.title, rows: rows.liveRows, rejected, altered, status };
    });
  }
}

function isPlaced(placed: readonly OpenedStream[], { tabs }: File): boolean {
  return placed.every(({ generation }) => !tabs.some(({ sheetId }) => sheetId === generation?.staging.tab.sheetId));
}
