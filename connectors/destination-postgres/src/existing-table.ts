import type { ClientBase } from "pg";
import { qualifiedName, type Table } from "./table.ts";

/** A table as it is: its columns by name, with the types that `format_type` spells, and its key. */
export type ExistingTable = { columns: Map<string, string>; keys: string[]; comment: string | null };

type Row = { schema: string; name: string; column: string; type: string; is_key: boolean; comment: string | null };

/** Resolves to those of the tables that exist, by qualified name. */
export async function existingTables(
  client: ClientBase,
  tables: readonly Pick<Table, "schema" | "name">[],
): Promise<Map<string, ExistingTable>> {
  const { rows } = await client.query<Row>(
    `SELECT n.nspname AS schema, c.relname AS name, a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type,
            a.attnum = ANY (i.indkey) AS is_key, obj_description(c.oid, 'pg_class') AS comment
       FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       JOIN unnest($1::text[], $2::text[]) AS wanted(schema, name) ON n.nspname = wanted.schema AND c.relname = wanted.name
       JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
      ORDER BY a.attnum`,
    [tables.map(({ schema }) => schema), tables.map(({ name }) => name)],
  );
  const found = new Map<string, ExistingTable>();
  for (const row of rows) {
    const name = qualifiedName(row);
    const table: ExistingTable = found.get(name) ?? {
      columns: new Map<string, string>(),
      keys: [],
      comment: row.comment,
    };
    table.columns.set(row.column, row.type);
    if (row.is_key) table.keys.push(row.column);
    found.set(name, table);
  }
  return found;
}
