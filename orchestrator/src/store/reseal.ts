import type { Keyring } from "../secrets/keyring.ts";
import type { Queryable } from "./database.ts";

const AT_ONCE = 100;

/** Where something is sealed: its table and column, the columns that its rows are known by, and whose a row's secret is. */
export type SealedColumn = {
  table: string;
  column: string;
  key: readonly string[];
  ownerOf(...key: string[]): string;
};

type Row = { key: string[]; sealed: Buffer };

/**
 * Seals with the newest key what an older one sealed, in the transaction of the caller; resolves to how many that were.
 * What the newest one sealed is neither read into memory nor locked, so that a start without a new key costs little.
 */
export async function reseal(
  client: Queryable,
  keyring: Keyring,
  { table, column, key, ownerOf }: SealedColumn,
): Promise<number> {
  const keyed = `(${key.join(", ")})`;
  const given = (first: number) => `(${key.map((_, index) => `$${first + index}`).join(", ")})`;
  let count = 0;
  for (let last: string[] | undefined; ;) {
    const { rows }: { rows: Row[] } = await client.query<Row>(
      `SELECT ARRAY[${key.map((name) => `${name}::text`).join(", ")}] AS key, ${column} AS sealed FROM ${table}
        WHERE ${keyring.isOlder(column, "$1")} ${last === undefined ? "" : `AND ${keyed} > ${given(2)}`}
        ORDER BY ${key.join(", ")} LIMIT ${AT_ONCE} FOR UPDATE`,
      [keyring.newestId, ...(last ?? [])],
    );
    for (const row of rows) {
      const owner = ownerOf(...row.key);
      const sealed = keyring.seal(keyring.open(row.sealed, owner), owner);
      await client.query(`UPDATE ${table} SET ${column} = $1 WHERE ${keyed} = ${given(2)}`, [sealed, ...row.key]);
    }
    count += rows.length;
    last = rows.at(-1)?.key;
    if (last === undefined) return count;
  }
}
