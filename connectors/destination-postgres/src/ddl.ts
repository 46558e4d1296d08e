import { SluiceError } from "@sluice/protocol";
import { quoteIdentifier } from "@sluice/postgres-kit";
import type { ClientBase } from "pg";
import { OWN_COLUMNS, qualifiedName, type Table } from "./table.ts";

/** Columns of a table as they are, by name, with the types that `format_type` spells. */
type Existing = Map<string, string>;

/**
 * Yields the statements that make a schema and its tables, or add the columns that they lack; none if all is there.
 * Throws `config` for a column whose type is another one: nothing is ever dropped or rewritten.
 */
export async function planTables(client: ClientBase, tables: readonly Table[]): Promise<string[]> {
  const statements: string[] = [];
  for (const schema of new Set(tables.map((table) => table.schema))) {
    const { rows } = await client.query("SELECT to_regnamespace($1) IS NOT NULL AS exists", [quoteIdentifier(schema)]);
    if (rows[0]?.exists !== true) statements.push(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)}`);
  }
  const existing = await existingTables(client, tables);
  for (const table of tables) {
    const columns = existing.get(qualifiedName(table));
    statements.push(...(columns === undefined ? [createTable(table)] : addColumns(table, columns)));
  }
  return statements;
}

async function existingTables(client: ClientBase, tables: readonly Table[]): Promise<Map<string, Existing>> {
  const { rows } = await client.query<{ schema: string; name: string; column: string; type: string }>(
    `SELECT n.nspname AS schema, c.relname AS name, a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type
       FROM pg_catalog.pg_attribute a
       JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       JOIN unnest($1::text[], $2::text[]) AS wanted(schema, name) ON n.nspname = wanted.schema AND c.relname = wanted.name
      WHERE a.attnum > 0 AND NOT a.attisdropped`,
    [tables.map(({ schema }) => schema), tables.map(({ name }) => name)],
  );
  const found = new Map<string, Existing>();
  for (const row of rows) {
    const table = qualifiedName(row);
    const columns = found.get(table) ?? new Map<string, string>();
    found.set(table, columns.set(row.column, row.type));
  }
  return found;
}

function createTable(table: Table): string {
  const lines = [...wantedColumns(table)].map(([name, type]) => `${quoteIdentifier(name)} ${type}`);
  const key = table.keys.map(({ name }) => quoteIdentifier(name)).join(", ");
  return `CREATE TABLE ${qualifiedName(table)} (\n  ${[...lines, `PRIMARY KEY (${key})`].join(",\n  ")}\n)`;
}

function addColumns(table: Table, existing: Existing): string[] {
  const wanted = wantedColumns(table);
  for (const [name, type] of wanted) {
    const found = existing.get(name);
    if (found !== undefined && found !== type) {
      throw new SluiceError(
        "config",
        `The column "${name}" of ${qualifiedName(table)} is ${found}, but the stream "${table.stream}" needs ${type}; rename the column or the table, or load into another schema.`,
      );
    }
  }
  const missing = [...wanted].filter(([name]) => !existing.has(name));
  if (missing.length === 0) return [];
  const clauses = missing.map(([name, type]) => `ADD COLUMN ${quoteIdentifier(name)} ${type}`);
  return [`ALTER TABLE ${qualifiedName(table)}\n  ${clauses.join(",\n  ")}`];
}

function wantedColumns({ keys, columns }: Table): Map<string, string> {
  const properties = [...keys, ...columns].map(({ name, type }): [string, string] => [name, type.sql]);
  return new Map([...properties, ...Object.entries(OWN_COLUMNS)]);
}
