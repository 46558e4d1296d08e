import type { ClientBase } from "pg";

/**
 * Resolves to what `work` yields, in a transaction in which only names of the system are found without their schema:
 * whoever owns the database or the role may have set search_path to anything.
 */
export async function inOwnTransaction<T>(
  client: ClientBase,
  work: () => Promise<T>,
  { lockTimeoutMs = 0 }: { lockTimeoutMs?: number } = {},
): Promise<T> {
  await client.query(`BEGIN; SET LOCAL search_path = pg_catalog; SET LOCAL lock_timeout = ${lockTimeoutMs}`);
  try {
    const result = await work();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    // a broken connection has rolled back by itself
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}
