import { columnTypeOf, propertiesOf, type ColumnType } from "@sluice/postgres-kit/columns";

/** The table of a stream: the columns of the records' properties, of which `keys` make a row one of its own. */
export type StreamTable = { name: string; keys: readonly string[]; columns: { name: string; type: ColumnType }[] };

/** What a table is made of; a stream of the catalog, and one that a recording describes. */
export type StreamShape = { name: string; primary_key?: readonly string[] | undefined; json_schema: object };

/** The schema of all tables. */
export const SCHEMA = "stripe";
/** Lines of a recording on their way into their tables. */
export const ARRIVALS = "pg_temp.arrivals";

/** Yields the table of a stream, with the types that destination-postgres gives its columns. */
export function tableOf({ name, primary_key: keys = [], json_schema: schema }: StreamShape): StreamTable {
  const columns = Object.entries(propertiesOf(schema)).map(([property, each]) => ({
    name: property,
    type: columnTypeOf(each, { timestamps: "timestamptz" }),
  }));
  // a key that cannot be compared, or is not there, makes no row one of its own
  const isUsable = keys.every((key) =>
    columns.some(({ name: column, type }) => column === key && type.name !== "jsonb"),
  );
  return { name, keys: isUsable ? keys : [], columns };
}

/** Yields the statement that makes a table. */
export function createTable({ name, keys, columns }: StreamTable): string {
  const lines = columns.map((column) => `${quoted(column.name)} ${column.type.sql}`);
  const key = keys.length === 0 ? [] : [`PRIMARY KEY (${keys.map(quoted).join(", ")})`];
  return `CREATE TABLE ${SCHEMA}.${quoted(name)} (\n  ${[...lines, "_version bigint", ...key].join(",\n  ")}\n)`;
}

/**
 * Yields the statements that move the arrived records of a stream into its table: of each key the newest version, and
 * nothing of what is gone. A value that does not suit its column becomes NULL.
 */
export function fillTable(table: StreamTable): string[] {
  const { name, keys, columns } = table;
  const target = `${SCHEMA}.${quoted(name)}`;
  const values = columns.map(
    (column) => `${column.type.lenient("data", literal(column.name))} AS ${quoted(column.name)}`,
  );
  const names = [...columns.map((column) => quoted(column.name)), "_version"];
  const records = `SELECT line -> 'record' -> 'data' AS data, line -> 'record' ->> 'op' AS op,
      (line -> 'record' ->> 'version')::bigint AS _version
    FROM ${ARRIVALS} WHERE line ->> 'type' = 'record' AND line -> 'record' ->> 'stream' = ${literal(name)}`;
  const typed = `SELECT op, ${[...values, "_version"].join(", ")} FROM (${records}) AS records`;
  const upserts = `op IS DISTINCT FROM 'delete'`;
  if (keys.length === 0)
    return [
      `INSERT INTO ${target} (${names.join(", ")}) SELECT ${names.join(", ")} FROM (${typed}) AS typed WHERE ${upserts}`,
    ];
  const key = keys.map(quoted).join(", ");
  const newest = `SELECT DISTINCT ON (${key}) * FROM (${typed}) AS typed
    WHERE (${key}) IS NOT NULL ORDER BY ${key}, _version DESC NULLS LAST`;
  const changes = names.map((column) => `${column} = excluded.${column}`).join(", ");
  const matches = keys.map((each) => `gone.${quoted(each)} = ${target}.${quoted(each)}`).join(" AND ");
  return [
    `INSERT INTO ${target} (${names.join(", ")}) SELECT ${names.join(", ")} FROM (${newest}) AS newest WHERE ${upserts}
      ON CONFLICT (${key}) DO UPDATE SET ${changes}
      WHERE COALESCE(excluded._version, 0) >= COALESCE(${target}._version, 0)`,
    `DELETE FROM ${target} USING (${newest}) AS gone WHERE gone.op = 'delete' AND ${matches}
      AND COALESCE(gone._version, 0) >= COALESCE(${target}._version, 0)`,
  ];
}

/** Yields a name as Postgres takes it, whatever is in it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Yields a text as Postgres takes it; `standard_conforming_strings` is on by default. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
