import { SluiceError } from "@sluice/protocol";
import { quoteIdentifier, truncateIdentifier } from "@sluice/postgres-kit";
import { Client } from "pg";
import { textTable } from "../report/text-table.ts";

/** The query that the demo shows. */
export const QUERY = `SELECT c.name, c.email, count(*) AS charges, round(sum(ch.amount) / 100.0, 2) AS paid, ch.currency
  FROM charges ch JOIN customers c ON c.id = ch.customer
 WHERE ch.paid GROUP BY c.name, c.email, ch.currency ORDER BY paid DESC LIMIT 5`;

/** Resolves to what a statement answers. */
export async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

/**
 * Resolves to the total of rows once every stream's table has exactly as many live rows as Stripe has objects.
 * Throws `data` that names what differs.
 */
export async function compareCounts(url: string, expected: ReadonlyMap<string, number>): Promise<number> {
  const counts = [...expected.keys()].map((stream) => {
    const literal = `'${stream.replaceAll("'", "''")}'`;
    return `SELECT ${literal} AS stream, count(*)::int AS rows FROM ${quoteIdentifier(truncateIdentifier(stream))} WHERE _deleted_at IS NULL`;
  });
  const rows = await query(url, counts.join(" UNION ALL "));
  const different = rows.filter(({ stream, rows: count }) => expected.get(String(stream)) !== count);
  if (different.length > 0) {
    const list = different.map(
      ({ stream, rows: count }) => `${String(stream)} has ${String(count)} rows of ${expected.get(String(stream))}`,
    );
    throw new SluiceError("data", `The tables do not hold what Stripe has: ${list.join(", ")}. Please report it.`);
  }
  return rows.reduce((sum, { rows: count }) => sum + Number(count), 0);
}

/** Yields rows as a table of text, a line a row. */
export function renderTable(rows: readonly Record<string, unknown>[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const lines = [columns, ...rows.map((row) => columns.map((column) => String(row[column])))];
  return textTable(lines).replaceAll(/^/gm, "  ");
}
