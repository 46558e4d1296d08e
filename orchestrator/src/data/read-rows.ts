import { setTimeout as sleep } from "node:timers/promises";
import { quoteIdentifier } from "@sluice/postgres-kit";
import { SluiceError } from "@sluice/protocol";
import { DatabaseError, type ClientBase } from "pg";
import { dataFailure } from "./data-failure.ts";
import { describedColumns, type Column } from "./described-columns.ts";
import type { DestinationDatabase } from "./destination-database.ts";

export type ReadOptions = {
  sql: string;
  maxRows: number;
  maxBytes: number;
  timeoutMs: number;
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal;
  /** Ends what the session does now. */
  cancel(): Promise<void>;
};

/** What a statement answered; each value as the text of its JSON, without the quotes of a text. */
export type ReadResult = {
  columns: Column[];
  rows: (string | null)[][];
  /** What there was too much of, so that the rest is left out. */
  truncated: "rows" | "bytes" | null;
};

// Reads by one statement what it answers, each row as a JSON array of texts, and stops at the caps; the last line then says
// which. A function with the rights of its owner cannot take on another role, and a cursor is of one statement that
// answers rows: the statement has no way out, whatever it calls.
const READER = `
  CREATE FUNCTION pg_temp.sluice_read(statement text, most_rows bigint, most_bytes bigint) RETURNS SETOF text
  LANGUAGE plpgsql SECURITY DEFINER AS $reader$
  DECLARE
    found record;
    line text;
    bytes bigint := 0;
    count bigint := 0;
  BEGIN
    FOR found IN EXECUTE statement LOOP
      count := count + 1;
      IF count > most_rows THEN RETURN NEXT 'rows'; RETURN; END IF;
      SELECT coalesce(json_agg(each.value ORDER BY each.place)::text, '[]') INTO line
        FROM json_each_text(row_to_json(found)) WITH ORDINALITY AS each (key, value, place);
      bytes := bytes + octet_length(line);
      IF bytes > most_bytes THEN RETURN NEXT 'bytes'; RETURN; END IF;
      RETURN NEXT line;
    END LOOP;
  END $reader$`;

/** A login that may reach the server's files and programs reads as one that may read tables, and no more. */
const IS_MIGHTY = `
  SELECT rolsuper OR EXISTS (
    SELECT FROM pg_catalog.pg_roles AS mighty
     WHERE mighty.rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files')
       AND pg_catalog.pg_has_role(login.oid, mighty.oid, 'USAGE')) AS mighty
    FROM pg_catalog.pg_roles AS login WHERE rolname = current_user`;
const TAKE_MIGHT = "ALTER FUNCTION pg_temp.sluice_read(text, bigint, bigint) OWNER TO pg_read_all_data";

/**
 * Resolves to what one statement answers. The database holds it to reading: in a transaction that is read-only, by a role
 * that it cannot leave. Throws what is wrong with it, and what keeps it from being answered.
 */
export async function readRows(database: DestinationDatabase, options: ReadOptions): Promise<ReadResult> {
  const { client, schema } = database;
  const { sql, maxRows, maxBytes, timeoutMs, signal, cancel } = options;
  try {
    signal.throwIfAborted();
    await prepare(client);
    await client.query(
      `BEGIN TRANSACTION READ ONLY; SET LOCAL statement_timeout = ${timeoutMs}; SET LOCAL timezone = 'UTC';
       SET LOCAL search_path = ${schema === undefined ? "public" : quoteIdentifier(schema)}`,
    );
    const columns = await describedColumns(client, sql);
    // who left while this was prepared is told of by no event any more
    signal.throwIfAborted();
    const reading = client.query<{ line: string }>("SELECT line FROM pg_temp.sluice_read($1, $2, $3) AS line", [
      sql,
      maxRows,
      maxBytes,
    ]);
    const lines = (await untilDone(reading, signal, cancel)).rows.map(({ line }) => line);
    const last = lines.at(-1);
    const truncated = last === "rows" || last === "bytes" ? last : null;
    const whole = truncated === null ? lines : lines.slice(0, -1);
    return { columns, rows: whole.map((line) => JSON.parse(line) as (string | null)[]), truncated };
  } catch (error) {
    if (signal.aborted) throw new SluiceError("config", "Nobody waits for the answer any more.", { cause: error });
    throw dataFailure(error);
  }
}

/** Makes the function that reads, for this session alone. */
async function prepare(client: ClientBase): Promise<void> {
  await client.query(READER);
  const { rows } = await client.query<{ mighty: boolean }>(IS_MIGHTY);
  if (rows[0]?.mighty !== false) await client.query(TAKE_MIGHT).catch(refuse);
}

/** Before Postgres 14 there is no such role, and who is no superuser may not have the right to give it something. */
function refuse(cause: unknown): never {
  if (!(cause instanceof DatabaseError)) throw cause;
  throw new SluiceError(
    "permission",
    `The login of the destination's connection may do more to the server than a question should, and cannot be held back (${cause.message}); give the connection a login of its own that is no superuser.`,
    { cause },
  );
}

/** A cancellation may come before the statement has begun, so it is repeated until it has ended. */
async function untilDone<T>(reading: Promise<T>, signal: AbortSignal, cancel: () => Promise<void>): Promise<T> {
  let isDone = false;
  const stop = async () => {
    for (; !isDone; await sleep(500)) await cancel().catch(() => {});
  };
  const onAbort = () => void stop();
  signal.addEventListener("abort", onAbort);
  try {
    return await reading;
  } finally {
    isDone = true;
    signal.removeEventListener("abort", onAbort);
  }
}
