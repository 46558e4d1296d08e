import { SluiceError, type ConfiguredStream } from "@sluice/protocol";
import { quoteIdentifier, truncateIdentifier } from "@sluice/postgres-kit";
import { columnTypeOf, type ColumnType } from "./column-type.ts";

/** A column that holds one property of the records. */
export type Column = { name: string; property: string; type: ColumnType };

/** The table of a stream: its key columns first, then the other properties. */
export type Table = { stream: string; schema: string; name: string; keys: Column[]; columns: Column[] };

/** Columns of ours behind those of the properties, with their types as `format_type` spells them. */
export const OWN_COLUMNS: Readonly<Record<string, string>> = {
  _raw: "jsonb",
  _version: "bigint",
  _content_hash: "bigint",
  _deleted_version: "bigint",
  _deleted_at: "timestamp with time zone",
  _synced_at: "timestamp with time zone",
};

const SYSTEM_COLUMNS = ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"];
/** Postgres allows 1,600; ours count too. */
const MAX_COLUMNS = 1600;

/** Yields the table for a stream; throws `config` for a stream that cannot be merged into one. */
export function tableOf({ stream, destination_mode: mode }: ConfiguredStream, tableSchema: string): Table {
  if (mode !== "merge") {
    throw refused(stream.name, `asks for the mode "${mode}"; destination-postgres writes "merge" only`);
  }
  const primaryKey = stream.primary_key ?? [];
  if (primaryKey.length === 0) throw refused(stream.name, "has no primary key, by which its records could be merged");
  const properties = propertiesOf(stream.json_schema);
  const missing = primaryKey.find((property) => !Object.hasOwn(properties, property));
  if (missing !== undefined)
    throw refused(stream.name, `has the primary key "${missing}", which its schema does not declare`);

  const columns = Object.entries(properties)
    .filter(([property]) => canNameColumn(property))
    .map(([property, schema]) => ({ name: columnName(property), property, type: columnTypeOf(schema) }));
  if (columns.length + Object.keys(OWN_COLUMNS).length > MAX_COLUMNS) {
    throw refused(stream.name, `has ${columns.length} properties, more than the columns of a Postgres table`);
  }
  const keys = primaryKey.map((property) => columns.find((column) => column.property === property) as Column);
  const json = keys.find(({ type }) => type.name === "jsonb");
  if (json !== undefined) throw refused(stream.name, `has the key "${json.property}", which is not of one scalar type`);
  const others = columns.filter((column) => !keys.includes(column));
  return { stream: stream.name, schema: tableSchema, name: truncateIdentifier(stream.name), keys, columns: others };
}

/** Yields the schema-qualified, quoted name of a table. */
export function qualifiedName({ schema, name }: Pick<Table, "schema" | "name">): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** What Postgres cannot name stays in `_raw` alone. */
function canNameColumn(property: string): boolean {
  return property !== "" && !property.includes("\0") && property.isWellFormed();
}

/** A name that is ours or the system's gets a trailing underscore, and so does one that already ends in some. */
function columnName(property: string): string {
  const base = property.replace(/_+$/, "");
  const isTaken = base !== "" && (Object.hasOwn(OWN_COLUMNS, base) || SYSTEM_COLUMNS.includes(base));
  return truncateIdentifier(isTaken ? `${property}_` : property);
}

function propertiesOf(schema: Record<string, unknown>): Record<string, unknown> {
  const { properties } = schema;
  return typeof properties === "object" && properties !== null ? { ...properties } : {};
}

function refused(stream: string, what: string): SluiceError {
  return new SluiceError("config", `The stream "${stream}" ${what}; leave it out, or correct the catalog.`);
}
