import { SluiceError } from "@sluice/protocol";
import { log } from "@sluice/protocol/stdio";
import type { Batch } from "./batch.ts";
import type { Config } from "./config.ts";
import { rangeOf, rowRange } from "./document/a1.ts";
import { overBudget } from "./document/budget.ts";
import { addedColumnRequests, formatRequests } from "./document/column-requests.ts";
import { cellsOf, readFile, type File, type Tab } from "./document/file.ts";
import { headerTexts, requiredColumn, MARKER_HEADER, type Layout } from "./document/layout.ts";
import { LEDGER_TITLE } from "./document/ledger.ts";
import { Overview } from "./document/overview.ts";
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
    const widen = () => widened({ shape, tab, header, known: new Map(entry.columns) }, properties);
    let wide = widen();
    if (wide.columns.length === 0) return layout;
    const { ledger } = this.#opened;
    const stage = () => ledger.stage([tabChange(shape.name, { ...entry, columns: wide.names })]);
    let staged = stage();
    const missing = async (file: File): Promise<ChangeRequest[]> => {
      // a person may have columns without a header at the edge
      tab.columnCount = sizeOf(tab, file).columnCount;
      wide = widen();
      await this.#assertRoom(stream, { rows: tab.rowCount, columns: wide.layout.tab.columnCount, layout });
      staged = stage();
      const place = { sheetId: tab.sheetId, column: tab.columnCount };
      return [...addedColumnRequests(place, wide.columns), ...staged.requests];
    };
    let more = tab.rowCount;
    await this.change(await missing(await this.#measured()), "adding columns", async (file) => {
      const [rows] = await this.#api.values([rowRange(sizeOf(tab, file).title, 0)]);
      const now = new Set(headerTexts(rows?.[0]));
      if (!wide.columns.every(({ header: name }) => now.has(name))) return missing(file);
      more = 0;
      return [];
    });
    staged.kept();
    stream.entry = { ...entry, columns: wide.names };
    this.#cells += more * wide.columns.length;
    return wide.layout;
  }

  /** Makes room for so many rows; throws `config` when the budget has none. */
  async growTo(stream: OpenedStream, layout: Layout, needed: number): Promise<void> {
    const { tab, columns } = layout;
    let { rowCount } = tab;
    const missing = async (): Promise<ChangeRequest[]> => {
      ({ rowCount } = tab);
      if (needed <= rowCount) return [];
      const wanted = needed + Math.max(LEAST_GROWTH_ROWS, Math.ceil(needed * GROWTH));
      const room = this.#config.cells_budget - (await this.#cellsNow());
      const affordable = tab.rowCount + Math.floor(room / tab.columnCount);
      rowCount = Math.max(needed, Math.min(wanted, affordable));
      await this.#assertRoom(stream, { rows: rowCount, columns: tab.columnCount, layout });
      const formats = [...columns].flatMap(([property, column]) =>
        formatRequests({ sheetId: tab.sheetId, column }, stream.shape.kinds.get(property) ?? "plain", tab.rowCount),
      );
      const appendDimension = { sheetId: tab.sheetId, dimension: "ROWS", length: rowCount - tab.rowCount };
      return [{ appendDimension }, ...formats];
    };
    const requests = await missing();
    if (requests.length === 0) return;
    await this.change(requests, "adding rows", (file) => {
      tab.rowCount = sizeOf(tab, file).rowCount;
      return missing();
    });
    this.#cells += (rowCount - tab.rowCount) * tab.columnCount;
    tab.rowCount = rowCount;
  }

  /**
   * Tells whether headers, the lowest rows and some of those to be replaced are where they were: a person may sort and
   * insert. The overview is looked at as well.
   */
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
    const { overview } = this.#opened;
    const ranges = looks.map(({ range }) => range);
    const answers = await this.#api.values(overview === undefined ? ranges : [...ranges, overview.range]);
    overview?.learn(answers[ranges.length] ?? []);
    return looks.every(({ known }, index) => isSame(headerTexts(answers[index]?.[0]), known));
  }

  /** Learns where in the overview each stream is. */
  async lookAtOverview(): Promise<void> {
    const { overview } = this.#opened;
    if (overview === undefined) return;
    const [rows = []] = await this.#api.values([overview.range]);
    overview.learn(rows);
  }

  /** Learns anew where everything is; throws `protocol` when another process has taken over. */
  async learnAnew(): Promise<void> {
    const snapshot = await readSnapshot(this.#api);
    if (!snapshot.file.tabs.some(({ sheetId }) => sheetId === this.#opened.ledger.sheetId))
      throw new SluiceError(
        "config",
        `The hidden tab "${LEDGER_TITLE}" was deleted while the spreadsheet was written; restore it from the version history, or run again from the beginning, which makes it anew.`,
      );
    this.#opened.writer?.assertNewest(snapshot.file);
    this.#measure(snapshot.file);
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

  /**
   * Carries out all of the requests or none; nothing any more once another process has taken over. Where nobody knows
   * whether they were carried out, `remaining` yields what is to be sent instead to the file as it is then.
   */
  async change(
    requests: ChangeRequest[],
    doing: string,
    remaining: (file: File) => ChangeRequest[] | Promise<ChangeRequest[]>,
  ): Promise<void> {
    const { writer } = this.#opened;
    const fenced = async (all: ChangeRequest[]) => {
      if (writer === undefined || all.length === 0) return all;
      return [writer.fenceRequest(this.#file ?? (await this.#measured())), ...all];
    };
    await this.#api.changeOnce(await fenced(requests), doing, async () => {
      return fenced(await remaining(await this.#measured()));
    });
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
    if (this.#file === undefined) await this.#measured();
    return this.#cells;
  }

  async #measured(): Promise<File> {
    const file = await readFile(this.#api);
    this.#measure(file);
    return file;
  }

  #measure(file: File): void {
    this.#file = file;
    this.#cells = cellsOf(file);
    const { ledger, overview } = this.#opened;
    ledger.measure(sizeOf(ledger, file));
    if (overview === undefined) return;
    const tab = file.tabs.find(({ sheetId }) => sheetId === overview.sheetId);
    if (tab !== undefined && Overview.of(tab) !== undefined) return overview.measure(tab);
    log("info", "The overview, or a column of it, was deleted; this run tells nothing there any more.");
    this.#opened.overview = undefined;
  }
}

/** Yields a tab as it is in a file. One that is gone has nothing, and what is sent to it is refused. */
function sizeOf({ sheetId }: Pick<Tab, "sheetId">, { tabs }: File): Tab {
  const gone = { sheetId, title: "", rowCount: 0, columnCount: 0, isGrid: true };
  return tabs.find((tab) => tab.sheetId === sheetId) ?? gone;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}
