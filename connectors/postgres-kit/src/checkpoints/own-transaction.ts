import type { ClientBase } from "pg";
import { inTransaction } from "../transaction.ts";

/**
 * Resolves to what `work` yields, in a transaction in which only names of the system are found without their schema:
 * whoever owns the database or the role may have set search_path to anything.
 */
export async function inOwnTransaction<T>(
  client: ClientBase,
  work: () => Promise<T>,
  { lockTimeoutMs = 0 }: { lockTimeoutMs?: number } = {},
): Promise<T> {
  const begin = `BEGIN; SET LOCAL search_path = pg_catalog; SET LOCAL lock_timeout = ${lockTimeoutMs}`;
  return inTransaction(client, begin, work);
}
