type Row = Record<string, unknown>;
type Value = null | number | bigint | string;

/** What the reference destination needs of a SQL database: a DatabaseSync is one. */
export interface Database {
  exec(sql: string): void;
  prepare(sql: string): {
    get(...values: Value[]): Row | undefined;
    all(...values: Value[]): Row[];
    run(...values: Value[]): unknown;
  };
  close(): void;
}

/** What a client asks its server for, a line of JSON: the file to work on first, then statements. */
export type Request = { file: string } | { sql: string; values: Value[]; isScript: boolean };
/** What the server answers, a line of JSON. */
export type Answer = { rows: Row[] } | { error: string };
