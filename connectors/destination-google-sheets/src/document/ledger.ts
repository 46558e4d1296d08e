import type { ChangeRequest, ReadValue } from "../google/sheets-api.ts";
import { cellPieces } from "../value/cell-text.ts";
import type { Tab } from "./file.ts";

/** The hidden tab in which we keep what belongs to whom; a person does not need it. */
export const LEDGER_TITLE = "_sluice";
/** What its first cell says; the writer's named range is that cell. */
export const LEDGER_NOTE =
  "Kept by Sluice: which tabs and columns are its own, and how far each pipeline has come. Without it a sync begins again.";

const FIRST_ROWS = 50;
const COLUMNS = 6;
const NAME_COLUMNS = 2;

export type EntryKind = "tab" | "state" | "end";
/** An entry to be kept, or without a text to be forgotten. */
export type EntryChange = { kind: EntryKind; name: string; text: string | undefined };

type Entry = { row: number; text: string; pieces: number };

/** Texts by kind and name, each in a row of its own, in as many cells as it needs. */
export class Ledger {
  readonly sheetId: number;
  readonly #entries = new Map<string, Entry>();
  #rowCount: number;
  #columnCount: number;
  #nextRow = 1;

  /** `rows` are the values of the whole tab. */
  constructor(tab: Pick<Tab, "sheetId" | "rowCount" | "columnCount">, rows: readonly ReadValue[][]) {
    this.sheetId = tab.sheetId;
    this.#rowCount = tab.rowCount;
    this.#columnCount = tab.columnCount;
    for (const [row, [kind = "", name = "", ...pieces]] of rows.entries()) {
      if (row === 0 || kind === "") continue;
      this.#entries.set(keyOf(String(kind), String(name)), { row, text: pieces.join(""), pieces: pieces.length });
    }
    this.#nextRow = Math.max(1, rows.length);
  }

  /** Yields a new ledger and the requests that make it. */
  static make(sheetId: number): { ledger: Ledger; requests: ChangeRequest[] } {
    const gridProperties = { rowCount: FIRST_ROWS, columnCount: COLUMNS };
    const note = { userEnteredValue: { stringValue: LEDGER_NOTE } };
    return {
      ledger: new Ledger({ sheetId, ...gridProperties }, []),
      requests: [
        { addSheet: { properties: { sheetId, title: LEDGER_TITLE, hidden: true, gridProperties } } },
        { updateCells: { start: cellAt(sheetId, 0), rows: [{ values: [note] }], fields: "userEnteredValue" } },
      ],
    };
  }

  get(kind: EntryKind, name: string): string | undefined {
    return this.#entries.get(keyOf(kind, name))?.text;
  }

  /** Yields the entries of a kind, by name. */
  all(kind: EntryKind): Map<string, string> {
    const prefix = keyOf(kind, "");
    const found = [...this.#entries].filter(([key]) => key.startsWith(prefix));
    return new Map(found.map(([key, { text }]) => [key.slice(prefix.length), text]));
  }

  /** Takes note of how large its tab is. */
  measure({ rowCount, columnCount }: Pick<Tab, "rowCount" | "columnCount">): void {
    this.#rowCount = rowCount;
    this.#columnCount = columnCount;
  }

  /**
   * Yields the requests that keep the changes, and what is to be called when they were carried out. They can be carried out
   * any number of times, but where the tab is too small: then the first of them let it grow.
   */
  stage(changes: readonly EntryChange[]): { requests: ChangeRequest[]; kept(): void } {
    const places: { change: EntryChange; entry: Entry | undefined }[] = [];
    const requests: ChangeRequest[] = [];
    let nextRow = this.#nextRow;
    let columns = this.#columnCount;
    for (const change of changes) {
      const known = this.#entries.get(keyOf(change.kind, change.name));
      if (known === undefined && change.text === undefined) continue;
      const row = known?.row ?? nextRow;
      if (known === undefined) nextRow += 1;
      const pieces = change.text === undefined ? [] : cellPieces(change.text);
      const texts = change.text === undefined ? [] : [change.kind, change.name, ...pieces];
      const width = Math.max(texts.length, NAME_COLUMNS + (known?.pieces ?? 0));
      columns = Math.max(columns, width);
      const values = Array.from({ length: width }, (_, index) => {
        const stringValue = texts[index];
        return stringValue === undefined ? {} : { userEnteredValue: { stringValue } };
      });
      requests.push({
        updateCells: { start: cellAt(this.sheetId, row), rows: [{ values }], fields: "userEnteredValue" },
      });
      const text = change.text;
      places.push({ change, entry: text === undefined ? undefined : { row, text, pieces: pieces.length } });
    }
    const growth: ChangeRequest[] = [];
    const { sheetId } = this;
    const [moreRows, moreColumns] = [nextRow - this.#rowCount, columns - this.#columnCount];
    if (moreRows > 0) growth.push({ appendDimension: { sheetId, dimension: "ROWS", length: moreRows + FIRST_ROWS } });
    if (moreColumns > 0) growth.push({ appendDimension: { sheetId, dimension: "COLUMNS", length: moreColumns } });
    const kept = () => {
      this.#nextRow = nextRow;
      if (moreRows > 0) this.#rowCount += moreRows + FIRST_ROWS;
      this.#columnCount = columns;
      for (const { change, entry } of places) {
        const key = keyOf(change.kind, change.name);
        if (entry === undefined) this.#entries.delete(key);
        else this.#entries.set(key, entry);
      }
    };
    return { requests: [...growth, ...requests], kept };
  }
}

function keyOf(kind: string, name: string): string {
  return `${kind} ${name}`;
}

function cellAt(sheetId: number, rowIndex: number) {
  return { sheetId, rowIndex, columnIndex: 0 };
}
