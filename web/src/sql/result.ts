/** A column of a result, with its type as Postgres spells it. */
export type ResultColumn = { name: string; type: string };

/** What a statement answered: each value as Postgres writes it, null where it is NULL. */
export type QueryResult = {
  columns: readonly ResultColumn[];
  rows: readonly (readonly (string | null)[])[];
  /** Whether there are more rows than are shown. */
  isCut: boolean;
  durationMs: number;
};

/** A table that can be queried. */
export type QueryTable = {
  schema: string;
  name: string;
  /** About how many rows it has, where that is known. */
  rows: number | undefined;
  columns: readonly ResultColumn[];
};

const NUMBER = /^(smallint|integer|bigint|numeric|real|double precision|money|oid)\b/;
const TIME = /^(date|timestamp)\b/;

/** Whether values of a type are numbers, which stand at the end of their cell and can be drawn. */
export function isNumber({ type }: Pick<ResultColumn, "type">): boolean {
  return NUMBER.test(type) && !type.endsWith("[]");
}

/** Whether values of a type are instants or days. */
export function isTime({ type }: Pick<ResultColumn, "type">): boolean {
  return TIME.test(type) && !type.endsWith("[]");
}

/** Yields a name as it has to be written in a statement. */
export function sqlName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

// of the words that Postgres reserves, those that tables and columns are likely to be named
const RESERVED = new Set(
  "all analyse analyze and any array as asc both case cast check collate column constraint create default desc distinct do else end except false fetch for foreign from grant group having in initially intersect into limit not null offset on only or order placing primary references returning select some table then to true union unique user using when where window with".split(
    " ",
  ),
);
