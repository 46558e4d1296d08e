import type { ClientBase } from "pg";

/** Resolves to what `work` yields once it is committed; rolls back when it throws. `begin` is the statement that begins. */
export async function inTransaction<T>(client: ClientBase, begin: string, work: () => Promise<T>): Promise<T> {
  await client.query(begin);
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
