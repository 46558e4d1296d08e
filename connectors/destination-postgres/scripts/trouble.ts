import { Client } from "pg";
import { quoteIdentifier } from "@sluice/postgres-kit";

// Makes Postgres refuse what is stored in a stream's table, with the error of a real $TROUBLE, the first times: trouble.ts
// SCHEMA TABLE, the database in DATABASE_URL. With TROUBLE_OVER=1 it takes that back and prints how often it was.
const STRIKES = 2;
/** SQLSTATEs, appendix "PostgreSQL Error Codes" of its documentation; some strike at COMMIT, where no statement fails. */
const TROUBLES: Readonly<Record<string, { state: string; isAtCommit: boolean }>> = {
  deadlock: { state: "40P01", isAtCommit: false },
  statement_timeout: { state: "57014", isAtCommit: false },
  read_only: { state: "25006", isAtCommit: false },
  disk_full: { state: "53100", isAtCommit: true },
  serialization: { state: "40001", isAtCommit: true },
};

const [schema = "", table = ""] = process.argv.slice(2).map(quoteIdentifier);
const name = process.env["TROUBLE"] ?? "";
const trouble = TROUBLES[name];
if (trouble === undefined) throw new RangeError(`"${name}" is none of ${Object.keys(TROUBLES).join(", ")}.`);

const client = new Client({ connectionString: process.env["DATABASE_URL"] });
await client.connect();
try {
  if (process.env["TROUBLE_OVER"] === undefined) await client.query(making(trouble));
  else {
    const { rows } = await client.query<{ strikes: number }>(
      `SELECT CASE WHEN is_called THEN least(last_value, ${STRIKES})::int ELSE 0 END AS strikes FROM ${schema}.strikes`,
    );
    await client.query(`DROP FUNCTION ${schema}.trouble() CASCADE; DROP SEQUENCE ${schema}.strikes`);
    process.stdout.write(`${rows[0]?.strikes}\n`);
  }
} finally {
  await client.end();
}

/** A sequence counts on where a transaction is undone. */
function making({ state, isAtCommit }: { state: string; isAtCommit: boolean }): string {
  const when = isAtCommit
    ? `CREATE CONSTRAINT TRIGGER trouble AFTER INSERT ON ${schema}.${table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW`
    : `CREATE TRIGGER trouble BEFORE INSERT ON ${schema}.${table} FOR EACH STATEMENT`;
  return `
    CREATE SEQUENCE ${schema}.strikes;
    CREATE FUNCTION ${schema}.trouble() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF nextval('${schema}.strikes') <= ${STRIKES} THEN
          RAISE EXCEPTION 'made by a test' USING ERRCODE = '${state}';
        END IF;
        RETURN NULL;
      END
    $$;
    ${when} EXECUTE FUNCTION ${schema}.trouble()`;
}
