import { SluiceError } from "@sluice/protocol";
import { quoteIdentifier } from "@sluice/postgres-kit";
import type { ClientBase } from "pg";
import { existingTables, type ExistingTable } from "./existing-table.ts";
import { qualifiedName, quoteLiteral, type Column, type Table } from "./table.ts";
import { fit } from "./widening.ts";

/** The statements that are needed, the tables as they are behind them, and which of those are new. */
export type Plan = { statements: string[]; tables: Table[]; created: Set<string> };

const OTHER_WAY = "rename the column or the table, or load into another schema";

/**
 * Yields the statements that make schemas and tables, add the columns that they lack and widen those that are too
 * narrow; none if all is there. Throws `config` for what cannot be done without a loss: nothing is ever dropped.
 */
export async function planTables(client: ClientBase, tables: readonly Table[]): Promise<Plan> {
  assertNoTwins(tables);
  const plan: Plan = { statements: await missingSchemas(client, tables), tables: [], created: new Set() };
  const existing = await existingTables(client, tables);
  const storage = await storageOf(client);
  for (const table of tables) {
    const found = existing.get(qualifiedName(table));
    if (found === undefined) {
      plan.statements.push(...createTable(table, storage));
      plan.created.add(table.stream);
      plan.tables.push(table);
    } else {
      const { statements, table: fitted, widened } = alterTable(table, found);
      await assertFree(client, table, widened);
      plan.statements.push(...statements);
      plan.tables.push(fitted);
    }
  }
  return plan;
}

/** Yields the statements that make a table with the columns of another, for the next generation of its rows. */
export async function planNextTable(client: ClientBase, table: Table): Promise<string[]> {
  return createTable(table, await storageOf(client));
}

function assertNoTwins(tables: readonly Table[]): void {
  const streams = new Map<string, string>();
  for (const table of tables) {
    const name = qualifiedName(table);
    const other = streams.get(name);
    if (other !== undefined && other !== table.stream)
      throw new SluiceError(
        "config",
        `The streams "${other}" and "${table.stream}" would both go to the table ${name}; leave one out.`,
      );
    streams.set(name, table.stream);
  }
}

async function missingSchemas(client: ClientBase, tables: readonly Table[]): Promise<string[]> {
  const schemas = [...new Set(tables.map(({ schema }) => schema))];
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM unnest($1::text[]) AS wanted(name)
      WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = wanted.name)`,
    [schemas],
  );
  return rows.map(({ name }) => `CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(name)}`);
}

/** pglz takes a third of the server's time for a load; where there is lz4, it is used. */
async function storageOf(client: ClientBase): Promise<"lz4" | "default"> {
  const { rows } = await client.query<{ has_lz4: boolean }>(
    "SELECT 'lz4' = ANY (enumvals) AS has_lz4 FROM pg_catalog.pg_settings WHERE name = 'default_toast_compression'",
  );
  return rows[0]?.has_lz4 === true ? "lz4" : "default";
}

function createTable(table: Table, storage: "lz4" | "default"): string[] {
  const name = qualifiedName(table);
  const isLong = (type: string) => type === "text" || type === "jsonb" || type === "numeric";
  const lines = [...wantedColumns(table)].map(([column, type]) => {
    const compression = storage === "lz4" && isLong(type) ? " COMPRESSION lz4" : "";
    return `${quoteIdentifier(column)} ${type}${compression}`;
  });
  const keys = keyNames(table).map(quoteIdentifier).join(", ");
  if (keys !== "") lines.push(`PRIMARY KEY (${keys})`);
  const options = storage === "lz4" ? " WITH (toast_tuple_target = 2500)" : "";
  return [
    `CREATE TABLE ${name} (\n  ${lines.join(",\n  ")}\n)${options}`,
    comments(table, [...table.keys, ...table.columns]),
  ];
}

function comments(table: Table, columns: readonly Column[]): string {
  const name = qualifiedName(table);
  const ofColumns = columns.map(({ name: column, property, description }) => {
    const text = `Property ${JSON.stringify(property)}${description === undefined ? "." : `: ${description}`}`;
    return `COMMENT ON COLUMN ${name}.${quoteIdentifier(column)} IS ${quoteLiteral(storable(text))}`;
  });
  return [`COMMENT ON TABLE ${name} IS ${quoteLiteral(tableComment(table))}`, ...ofColumns].join(";\n");
}

/** Yields what is written about a table, by which it is known as one of ours. */
export function tableComment({ stream }: Pick<Table, "stream">): string {
  return `Stream ${JSON.stringify(stream)}, loaded by destination-postgres.`;
}

function storable(text: string): string {
  return text.replaceAll("\0", "").toWellFormed();
}

/** Throws `config` for a table that is somebody else's: it would be altered, and its rows changed or removed. */
export function assertOurs(table: Table, { columns, comment }: ExistingTable): void {
  if (comment === tableComment(table) || (columns.has("_version") && columns.has("_synced_at"))) return;
  throw new SluiceError(
    "config",
    `The table ${qualifiedName(table)} was not made by destination-postgres, so the stream "${table.stream}" does not go there; give another schema or table_prefix. If it is to be taken all the same, give it this comment: ${tableComment(table)}`,
  );
}

/** Throws `config` where views, rules, triggers or policies depend on columns whose type is to change: Postgres refuses that. */
async function assertFree(client: ClientBase, table: Table, columns: readonly string[]): Promise<void> {
  if (columns.length === 0) return;
  const { rows } = await client.query<{ what: string }>(
    `SELECT DISTINCT CASE WHEN v.oid IS NULL THEN pg_describe_object(d.classid, d.objid, 0)
                          ELSE 'view ' || v.oid::regclass END AS what
       FROM pg_depend d
       JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
       LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
       LEFT JOIN pg_class v ON v.oid = r.ev_class
      WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass($1) AND a.attname = ANY ($2)
        AND d.classid IN ('pg_rewrite'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass) ORDER BY what`,
    [qualifiedName(table), columns],
  );
  if (rows.length === 0) return;
  throw new SluiceError(
    "config",
    `The type of ${columns.map(quoteIdentifier).join(", ")} in ${qualifiedName(table)} is to become wider, but ${rows.map(({ what }) => what).join(", ")} depends on it; drop that, run again, and make it anew.`,
  );
}

function alterTable(table: Table, found: ExistingTable): { statements: string[]; table: Table; widened: string[] } {
  assertOurs(table, found);
  assertSameKind(table, found);
  const clauses: string[] = [];
  const added: Column[] = [];
  const widened: string[] = [];
  const fitted = (column: Column): Column => {
    const quoted = quoteIdentifier(column.name);
    const type = found.columns.get(column.name);
    if (type === undefined) {
      clauses.push(`ADD COLUMN ${quoted} ${column.type.sql}`);
      added.push(column);
      return column;
    }
    const fitting = fit(type, column.type, quoted);
    if (fitting === undefined) throw unfit(table, column.name, { found: type, wanted: column.type.sql });
    if (fitting.change !== undefined) {
      widened.push(column.name);
      clauses.push(`ALTER COLUMN ${quoted} ${fitting.change}`);
    }
    return { ...column, type: fitting.type };
  };
  const keys = table.keys.map(fitted);
  const columns = table.columns.map(fitted);
  for (const [name, type] of Object.entries(table.own)) {
    const present = found.columns.get(name);
    if (present === undefined) clauses.push(`ADD COLUMN ${quoteIdentifier(name)} ${type}`);
    else if (present !== type) throw unfit(table, name, { found: present, wanted: type });
  }
  const statements = clauses.length === 0 ? [] : [`ALTER TABLE ${qualifiedName(table)}\n  ${clauses.join(",\n  ")}`];
  if (added.length > 0) statements.push(...fill(table, added, found), comments(table, added));
  // what an earlier configuration kept must not go stale beside newer rows
  const unused = ["_raw", "_extra"].filter((name) => found.columns.has(name) && !(name in table.own));
  const own = { ...table.own, ...Object.fromEntries(unused.map((name) => [name, "jsonb"])) };
  return { statements, table: { ...table, keys, columns, own }, widened };
}

/** What was only in the whole object until now gets its column; a value of another type stays there. */
function fill(table: Table, added: readonly Column[], found: ExistingTable): string[] {
  const [first, second] = ["_raw", "_extra"].filter((name) => found.columns.has(name));
  if (first === undefined) return [];
  // a row has one of the two, as the configuration was when it was written
  const kept = second === undefined ? first : `coalesce(${first}, ${second})`;
  const properties = added.map(({ property }) => quoteLiteral(property)).join(", ");
  const values = added.map(
    ({ name, property, type }) => `${quoteIdentifier(name)} = ${type.lenient(kept, quoteLiteral(property))}`,
  );
  return [`UPDATE ${qualifiedName(table)} SET\n  ${values.join(",\n  ")}\n  WHERE ${kept} ?| ARRAY[${properties}]`];
}

function assertSameKind(table: Table, found: ExistingTable): void {
  const wanted = keyNames(table);
  const name = qualifiedName(table);
  const isSame = wanted.length === found.keys.length && wanted.every((key) => found.keys.includes(key));
  if (!isSame) {
    const has = found.keys.length === 0 ? "no primary key" : `the primary key (${found.keys.join(", ")})`;
    const needs = wanted.length === 0 ? "none" : `(${wanted.join(", ")})`;
    throw new SluiceError(
      "config",
      `The table ${name} has ${has}, but the stream "${table.stream}" needs ${needs} for its mode; rename the table, or load into another schema.`,
    );
  }
  if (table.layout !== "merge" || !found.columns.has("_version")) return;
  const isSoft = found.columns.has("_deleted_version");
  if (isSoft === (table.deletes === "soft")) return;
  throw new SluiceError(
    "config",
    `The table ${name} was made with deletes: ${isSoft ? "soft" : "hard"}; set that, or load into another schema.`,
  );
}

function keyNames({ keys, layout }: Table): string[] {
  return [...keys.map(({ name }) => name), ...(layout === "history" ? ["_version"] : [])];
}

function wantedColumns({ keys, columns, own }: Table): Map<string, string> {
  const properties = [...keys, ...columns].map(({ name, type }): [string, string] => [name, type.sql]);
  return new Map([...properties, ...Object.entries(own)]);
}

function unfit(table: Table, column: string, { found, wanted }: { found: string; wanted: string }): SluiceError {
  return new SluiceError(
    "config",
    `The column "${column}" of ${qualifiedName(table)} is ${found}, but the stream "${table.stream}" needs ${wanted}; ${OTHER_WAY}.`,
  );
}
