import { quoteIdentifier } from "@sluice/postgres-kit";
import type { ClientBase } from "pg";

/**
 * Resolves to the last of `count` numbers that grow over all runs, whatever the server's clock does: the versions of
 * records that came without one. They begin at the microseconds since 1970.
 */
export async function takeArrivals(
  client: ClientBase,
  { checkpointSchema, count }: { checkpointSchema: string; count: number },
): Promise<number> {
  const { rows } = await client.query<{ last: string }>(
    `SELECT setval($1, greatest(nextval($1), floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint) + $2) AS last`,
    [`${quoteIdentifier(checkpointSchema)}.arrivals`, count],
  );
  return Number(rows[0]?.last);
}
