import { Client } from "pg";
import { quoteIdentifier } from "@sluice/postgres-kit";

// Prints the rows of a stream's table as they came, a JSON object a line: rows.ts SCHEMA STREAM, the database in DATABASE_URL.
const [schema = "public", stream = ""] = process.argv.slice(2);
const comment = `Stream ${JSON.stringify(stream).replaceAll("\0", "")}, loaded by destination-postgres.`;

const client = new Client({ connectionString: process.env["DATABASE_URL"] });
await client.connect();
try {
  const found = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
     WHERE nspname = $1 AND relkind = 'r' AND obj_description(pg_class.oid, 'pg_class') = $2
       AND relname NOT LIKE '\\_sluice\\_next%'`,
    [schema, comment],
  );
  for (const { name } of found.rows) {
    const table = `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
    const { rows } = await client.query<{ row: string }>(
      `SELECT _raw::text AS row FROM ${table} WHERE _deleted_at IS NULL AND _raw IS NOT NULL`,
    );
    process.stdout.write(rows.map(({ row }) => `${row}\n`).join(""));
  }
} finally {
  await client.end();
}
