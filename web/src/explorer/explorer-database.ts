import { PGliteWorker } from "@electric-sql/pglite/worker";
import type { QueryResult, QueryTable } from "../sql/result.ts";
import {
  ARRIVALS,
  createTable,
  fillTable,
  literal,
  quoted,
  SCHEMA,
  tableOf,
  type StreamShape,
} from "./stream-table.ts";

/** What was put into the tables: rows by table, and lines that are none of ours. */
export type Loaded = { rows: Record<string, number>; skipped: number };

/** More rows than the page is meant to hold. */
const MOST_ROWS = 50_000;
// JSON escapes control characters, so neither of these can be in a line of it
const LINES = `(FORMAT csv, DELIMITER e'\\x02', QUOTE e'\\x01')`;

type Row = Record<string, string | null>;

/** A Postgres in a worker of this browser; it holds what it is given until it is disposed of, whatever it does then. */
export class ExplorerDatabase implements Disposable {
  readonly #worker: Worker;
  readonly #postgres: PGliteWorker;
  readonly #asText: Record<number, (value: string) => string>;
  readonly #types: Map<number, string>;

  private constructor(worker: Worker, postgres: PGliteWorker, types: Map<number, string>) {
    this.#worker = worker;
    this.#postgres = postgres;
    this.#types = types;
    this.#asText = Object.fromEntries([...types.keys()].map((oid) => [oid, (value) => value]));
  }

  /** Resolves to an empty one. Throws where the page came by plain HTTP from another machine. */
  static async open(): Promise<ExplorerDatabase> {
    if (!globalThis.isSecureContext)
      throw new Error(
        "Browsers let a page have a database by HTTPS only, or on the machine that Sluice runs on, at localhost. Open this page there.",
      );
    const worker = new Worker(new URL("pglite-worker.ts", import.meta.url), { type: "module", name: "explorer" });
    // another tab has its own
    const postgres = await PGliteWorker.create(worker, { id: crypto.randomUUID() });
    const { rows } = await postgres.query<[number, string]>("SELECT oid, format_type(oid, NULL) FROM pg_type", [], {
      rowMode: "array",
    });
    await postgres.exec(
      `CREATE SCHEMA ${SCHEMA}; SET search_path = ${SCHEMA}, public; CREATE TEMP TABLE arrivals (line jsonb)`,
    );
    return new ExplorerDatabase(worker, postgres, new Map(rows.map(([oid, type]) => [Number(oid), type])));
  }

  /** Makes the tables of streams, those that are there already left alone. */
  async makeTables(streams: readonly StreamShape[]): Promise<void> {
    const present = new Set((await this.#rows(TABLE_NAMES)).map(({ name }) => name));
    const missing = streams.filter(({ name }) => !present.has(name)).map((stream) => createTable(tableOf(stream)));
    if (missing.length > 0) await this.#postgres.exec(missing.join(";\n"));
  }

  /** Drops every table with its rows. */
  async clear(): Promise<void> {
    await this.#postgres.exec(`DROP SCHEMA ${SCHEMA} CASCADE; CREATE SCHEMA ${SCHEMA}`);
  }

  /**
   * Puts the records of a recording into the tables of their streams. Streams that no table is of come from the
   * recording's own catalog; rejects with Postgres' words for what is no recording.
   */
  async loadRecording(file: Blob, known: readonly StreamShape[]): Promise<Loaded> {
    await this.#postgres.exec(`TRUNCATE ${ARRIVALS}`);
    await this.#postgres.query(`COPY ${ARRIVALS} FROM '/dev/blob' WITH ${LINES}`, [], { blob: file });
    const described = await this.#rows(DESCRIBED_STREAMS);
    const own = described.map(({ stream }) => JSON.parse(stream ?? "{}") as StreamShape);
    const counts = await this.#rows(ARRIVED_STREAMS);
    const shapes = new Map([...own, ...known].map((shape) => [shape.name, shape]));
    const arrived = counts.flatMap(({ name }) => shapes.get(name ?? "") ?? []);
    await this.makeTables(arrived);
    for (const shape of arrived)
      for (const statement of fillTable(tableOf(shape))) await this.#postgres.exec(statement);
    await this.#postgres.exec(`TRUNCATE ${ARRIVALS}`);
    const rows = Object.fromEntries(
      counts.filter(({ name }) => shapes.has(name ?? "")).map(({ name, count }) => [name ?? "", Number(count)]),
    );
    const skipped = counts
      .filter(({ name }) => !shapes.has(name ?? ""))
      .reduce((sum, { count }) => sum + Number(count), 0);
    return { rows, skipped };
  }

  /** Puts the rows of a CSV file with these columns into a table; one that is not there yet gets columns of text. */
  async loadCsv(file: Blob, table: string, columns: readonly string[]): Promise<Loaded> {
    const target = `${SCHEMA}.${quoted(table)}`;
    await this.#postgres.exec(
      `CREATE TABLE IF NOT EXISTS ${target} (${columns.map((name) => `${quoted(name)} text`).join(", ")})`,
    );
    const { affectedRows = 0 } = await this.#postgres.query(
      `COPY ${target} (${columns.map(quoted).join(", ")}) FROM '/dev/blob' WITH (FORMAT csv, HEADER true)`,
      [],
      { blob: file },
    );
    return { rows: { [table]: affectedRows }, skipped: 0 };
  }

  /** Resolves to the tables with their columns and exact counts. */
  async tables(): Promise<QueryTable[]> {
    const columns = await this.#rows(COLUMNS);
    const counts = await this.#rows(
      (await this.#rows(TABLE_NAMES))
        .map(({ name }) => `SELECT ${literal(name ?? "")} AS name, count(*) FROM ${SCHEMA}.${quoted(name ?? "")}`)
        .join(" UNION ALL ") || "SELECT '' AS name, 0 AS count WHERE false",
    );
    const columnsOf = Map.groupBy(columns, (column) => column["table"]);
    return counts
      .map(({ name, count }) => ({
        schema: SCHEMA,
        name: name ?? "",
        rows: Number(count),
        columns: (columnsOf.get(name) ?? []).map((column) => ({
          name: column["name"] ?? "",
          type: column["type"] ?? "",
        })),
      }))
      .toSorted((one, other) => Number(other.rows > 0) - Number(one.rows > 0) || (one.name < other.name ? -1 : 1));
  }

  /** Resolves to what the last of some statements answers, and whether any of them may have changed something. */
  async run(sql: string): Promise<{ result: QueryResult; hasChanged: boolean }> {
    const startedAtMs = performance.now();
    const results = await this.#postgres.exec(sql, { rowMode: "array", parsers: this.#asText });
    const last = results.at(-1);
    const rows = last?.rows ?? [];
    const result = {
      columns: (last?.fields ?? []).map(({ name, dataTypeID }) => ({
        name,
        type: this.#types.get(dataTypeID) ?? "text",
      })),
      // by the row mode and the parsers each is a list of texts
      rows: rows.slice(0, MOST_ROWS).map((row) => Object.values<string | null>(row)),
      isCut: rows.length > MOST_ROWS,
      durationMs: performance.now() - startedAtMs,
    };
    // what only asks answers with columns, and affects no row
    const hasChanged = results.some(({ fields, affectedRows = 0 }) => fields.length === 0 || affectedRows > 0);
    return { result, hasChanged };
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }

  async #rows(sql: string): Promise<Row[]> {
    return (await this.#postgres.query<Row>(sql, [], { parsers: this.#asText })).rows;
  }
}

const TABLE_NAMES = `SELECT tablename AS name FROM pg_tables WHERE schemaname = '${SCHEMA}' ORDER BY 1`;
const COLUMNS = `SELECT relname AS table, attname AS name, format_type(atttypid, atttypmod) AS type
  FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
  WHERE relnamespace = '${SCHEMA}'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
  ORDER BY relname, attnum`;
const ARRIVED_STREAMS = `SELECT line -> 'record' ->> 'stream' AS name, count(*)
  FROM ${ARRIVALS} WHERE line ->> 'type' = 'record' GROUP BY 1 ORDER BY 1`;
// a catalog has streams as they are, or each with how it is read
const DESCRIBED_STREAMS = `SELECT COALESCE(entry -> 'stream', entry) AS stream
  FROM ${ARRIVALS}, jsonb_array_elements(line -> 'catalog' -> 'streams') AS entry WHERE line ->> 'type' = 'catalog'`;
