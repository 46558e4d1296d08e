import { setTimeout as sleep } from "node:timers/promises";
import { quoteIdentifier } from "@sluice/postgres-kit";
import { StoreConflict } from "../store/store-conflict.ts";
import { dataFailure } from "./data-failure.ts";
import type { Column } from "./described-columns.ts";
import type { DestinationDatabase } from "./destination-database.ts";

/** The destination writes into it when it wrote a row. */
const CHANGED_AT = "_synced_at";
const MIN_WAIT_MS = 1000;
/** A look may take a tenth of the time, and no more. */
const WAIT_FOR_LOOK = 10;
const LOOK_TIMEOUT_MS = 5000;
const MOST_ROWS = 100;
const MOST_CHARACTERS = 10_000;

/** Rows that changed, the newest last; `more` tells that so many changed that older ones are left out. */
export type TailedRows = { rows: (string | null)[][]; more: boolean };
type Row = { id: string; row: (string | null)[] };

/** A table whose rows are followed as they change. */
export class TailedTable {
  readonly columns: readonly Column[];
  readonly #database: DestinationDatabase;
  readonly #sql: string;
  #seen = new Set<string>();

  private constructor(database: DestinationDatabase, table: { schema: string; name: string }, columns: Column[]) {
    this.columns = columns;
    this.#database = database;
    this.#sql = `
      SELECT t.ctid::text || ' ' || t.xmin::text AS id,
             (SELECT json_agg(left(each.value, ${MOST_CHARACTERS}) ORDER BY each.place)
                FROM json_each_text(row_to_json(t)) WITH ORDINALITY AS each (key, value, place)) AS row
        FROM ${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)} AS t
       ORDER BY t.${CHANGED_AT} DESC LIMIT ${MOST_ROWS} + 1`;
  }

  /** Resolves to a table that can be followed; throws `not_found` for one that is not there, or does not say when it was written. */
  static async open(database: DestinationDatabase, table: { schema: string; name: string }): Promise<TailedTable> {
    const { client } = database;
    try {
      await client.query(
        `SET default_transaction_read_only = on; SET statement_timeout = ${LOOK_TIMEOUT_MS}; SET timezone = 'UTC'`,
      );
      const { rows } = await client.query<Column>(
        `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
           FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p') ORDER BY a.attnum`,
        [table.schema, table.name],
      );
      if (!rows.some(({ name }) => name === CHANGED_AT))
        throw new StoreConflict("not_found", `There is no table "${table.name}" of ours in "${table.schema}".`);
      return new TailedTable(database, table, rows);
    } catch (error) {
      if (error instanceof StoreConflict) throw error;
      throw dataFailure(error);
    }
  }

  /** Yields the newest rows, and then those that change, until the signal; the table is looked at once a second at most. */
  async *follow(signal: AbortSignal): AsyncGenerator<TailedRows> {
    while (!signal.aborted) {
      const begunAt = performance.now();
      const found = await this.#look();
      const waitMs = Math.max(MIN_WAIT_MS, (performance.now() - begunAt) * WAIT_FOR_LOOK);
      yield found;
      // cut short by the end
      await sleep(waitMs, undefined, { signal }).catch(() => {});
    }
  }

  async #look(): Promise<TailedRows> {
    const { rows } = await this.#database.client.query<Row>(this.#sql).catch((error: unknown) => {
      throw dataFailure(error);
    });
    const found = rows.slice(0, MOST_ROWS).toReversed();
    const fresh = found.filter(({ id }) => !this.#seen.has(id));
    const more = this.#seen.size > 0 && rows.length > MOST_ROWS && fresh.length === found.length;
    this.#seen = new Set(found.map(({ id }) => id));
    return { rows: fresh.map(({ row }) => row), more };
  }
}
