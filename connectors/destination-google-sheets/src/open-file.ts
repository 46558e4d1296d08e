import { SluiceError } from "@sluice/protocol";
import type { Batch } from "./batch.ts";
import type { Config } from "./config.ts";
import { rangeOf, rowRange } from "./document/a1.ts";
import { overBudget } from "./document/budget.ts";
import { addedColumnRequests, formatRequests } from "./document/column-requests.ts";
import { cellsOf, readFile, type File } from "./document/file.ts";
import { headerTexts, requiredColumn, MARKER_HEADER, type Layout } from "./document/layout.ts";
import { widened } from "./document/plan.ts";
import { readSnapshot } from "./document/snapshot.ts";
import { tabChange } from "./document/tab-entry.ts";
import { stagingLayout } from "./generation.ts";
import type { ChangeRequest, SheetsApi } from "./google/sheets-api.ts";
import { learnRows, type Opened, type OpenedStream } from "./opened-stream.ts";

/** Rows that are looked at before a batch is written. */
const LOOKS = 60;
/** A tab grows by a fourth, so that not every batch has to ask for rows. */
const GROWTH = 0.25;
const LEAST_GROWTH_ROWS = 200;

export type OpenFileOptions = { api: SheetsApi; config: Config; opened: Opened };

/** A file that is being written: its streams, their room, and whether everything is still where it was. */
export class OpenFile {
  readonly #api: SheetsApi;
  readonly #config: Config;
  readonly #opened: Opened;
  readonly #streams = new Map<string, OpenedStream>();
  /** Of each appended stream, how many rows are committed. */
  readonly ends = new Map<string, number>();
  #cells = 0;
  #file: File | undefined;

  constructor({ api, config, opened }: OpenFileOptions) {
    this.#api = api;
    this.#config = config;
    this.#opened = opened;
    for (const stream of opened.streams) this.add(stream);
  }

  add(stream: OpenedStream): void {
    this.#streams.set(stream.shape.name, stream);
    this.ends.set(stream.shape.name, stream.rows.appended);
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

  /** Resolves to the layout with columns for the properties as well. */
  async widen(stream: OpenedStream, layout: Layout, properties: string[]): Promise<Layout> {
    const { shape, entry } = stream;
    const { tab, header } = layout;
    const wide = widened({ shape, tab, header, known: new Map(entry.columns) }, properties);
    if (wide.columns.length === 0) return layout;
    await this.#assertRoom(stream, { rows: tab.rowCount, columns: wide.layout.tab.columnCount, layout });
    const changed = { ...entry, columns: wide.names };
    const staged = this.#opened.ledger.stage([tabChange(shape.name, changed)]);
    const place = { sheetId: tab.sheetId, column: tab.columnCount };
    await this.change([...addedColumnRequests(place, wide.columns), ...staged.requests], "adding columns");
    staged.kept();
    stream.entry = changed;
    this.#cells += tab.rowCount * wide.columns.length;
    return wide.layout;
  }

  /** Makes room for so many rows; throws `config` when the budget has none. */
  async growTo(stream: OpenedStream, layout: Layout, needed: number): Promise<void> {
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
    await this.change([{ appendDimension }, ...formats], "adding rows");
    this.#cells += length * tab.columnCount;
    tab.rowCount = rowCount;
  }

  /** Tells whether headers, the lowest rows and some of those to be replaced are where they were: a person may sort and insert. */
  async isAsKnown(parts: readonly OpenedStream[], batch: Batch): Promise<boolean> {
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
  async learnAnew(): Promise<void> {
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
      const names = new Map(entry.columns);
      for (const name of [MARKER_HEADER, ...shape.keyProperties.map((property) => names.get(property) ?? property)])
        requiredColumn({ header, title: tab.title }, name);
      stream.live = widened({ shape, tab, header, known: new Map(entry.columns) }, []).layout;
      const staging = snapshot.file.tabs.find(({ sheetId }) => sheetId === stream.generation?.staging.tab.sheetId);
      if (stream.generation !== undefined && staging !== undefined)
        stream.generation.staging = stagingLayout(stream, staging, snapshot);
      stream.rows.layout = stream.generation?.staging ?? stream.live;
    }
    await learnRows(this.#api, { streams: [...this.#streams.values()], ends: this.ends });
  }

  /** Carries out all of the requests or none; nothing any more once another process has taken over. */
  async change(requests: ChangeRequest[], doing: string, isRepeatable = true): Promise<void> {
    const { writer } = this.#opened;
    if (writer === undefined) return this.#api.change(requests, { doing, isRepeatable });
    this.#file ??= await readFile(this.#api);
    await this.#api.change([writer.fenceRequest(this.#file), ...requests], { doing, isRepeatable });
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
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}
