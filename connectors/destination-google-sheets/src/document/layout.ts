import { SluiceError } from "@sluice/protocol";
import type { ReadValue } from "../google/sheets-api.ts";
import type { Tab } from "./file.ts";

/** The header of our own column, hidden, which says of which version a row is. */
export const MARKER_HEADER = "_sluice";

/** A run of columns of ours that stand side by side. */
export type Run = { start: number; properties: (string | undefined)[] };

/**
 * Where what stands in one tab: our columns by property, found by their headers wherever a person has moved them, and
 * the header as a whole.
 */
export class Layout {
  readonly tab: Tab;
  /** The first row as it is, empty cells at its end left out. */
  readonly header: string[];
  readonly marker: number;
  readonly columns: ReadonlyMap<string, number>;
  /** Our columns, the marker's included as a property that is undefined. */
  readonly runs: Run[];

  constructor(tab: Tab, { header, marker, columns }: Pick<Layout, "header" | "marker" | "columns">) {
    this.tab = tab;
    this.header = header;
    this.marker = marker;
    this.columns = columns;
    this.runs = runsOf(marker, columns);
  }

  /** Tells whether the header has columns that are not ours. */
  get isShared(): boolean {
    const own = new Set([this.marker, ...this.columns.values()]);
    return this.header.some((text, column) => text !== "" && !own.has(column));
  }
}

/** Yields the texts of a header row, empty cells at its end left out. */
export function headerTexts(row: readonly ReadValue[] | undefined): string[] {
  const texts = (row ?? []).map(String);
  return texts.slice(0, texts.findLastIndex((text) => text !== "") + 1);
}

/** A header row, and whose it is, for the sentence of a failure. */
export type HeaderOf = { header: readonly string[]; title: string };

/**
 * Yields the column of a header of ours, -1 when there is none. Throws `config` when there are two: one is a person's copy,
 * and nobody can tell which.
 */
export function columnOf({ header, title }: HeaderOf, name: string): number {
  const column = header.indexOf(name);
  if (header.indexOf(name, column + 1) === -1 || column === -1) return column;
  throw new SluiceError(
    "config",
    `The tab "${title}" has two columns with the header "${name}", and nothing tells which of them Sluice is to write; rename the one that is yours, and run again.`,
  );
}

/** Yields the place of each of our columns in a header; those that are not there are missing. Throws as `columnOf` does. */
export function placeColumns(
  of: HeaderOf,
  names: readonly (readonly [property: string, header: string])[],
): Map<string, number> {
  const places = new Map<string, number>();
  for (const [property, name] of names) {
    const column = columnOf(of, name);
    if (column !== -1) places.set(property, column);
  }
  return places;
}

/** Yields a header for a property that no other column has. */
export function freeHeader(property: string, taken: ReadonlySet<string>): string {
  const name = property === "" ? "(no name)" : property;
  if (!taken.has(name)) return name;
  for (let number = 2; ; number += 1) if (!taken.has(`${name} (${number})`)) return `${name} (${number})`;
}

/** Yields the column of a header; throws `config` when it is not there although it must be, or there are two. */
export function requiredColumn(of: HeaderOf, name: string): number {
  const column = columnOf(of, name);
  if (column !== -1) return column;
  throw new SluiceError(
    "config",
    `The tab "${of.title}" has lost its column "${name}", by which rows are known; bring it back (undo, or the version history), or delete the tab and load the stream from its beginning.`,
  );
}

function runsOf(marker: number, columns: ReadonlyMap<string, number>): Run[] {
  const places: [number, string | undefined][] = [...columns].map(([property, column]) => [column, property]);
  places.push([marker, undefined]);
  const runs: Run[] = [];
  for (const [column, property] of places.toSorted(([one], [other]) => one - other)) {
    const last = runs.at(-1);
    if (last !== undefined && last.start + last.properties.length === column) last.properties.push(property);
    else runs.push({ start: column, properties: [property] });
  }
  return runs;
}
