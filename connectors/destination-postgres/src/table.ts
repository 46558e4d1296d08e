import { SluiceError, type ConfiguredStream } from "@sluice/protocol";
import { quoteIdentifier, truncateIdentifier } from "@sluice/postgres-kit";
import { columnType, columnTypeOf, propertiesOf, type ColumnType } from "@sluice/postgres-kit/columns";
import { columnNames } from "./column-names.ts";
import type { Config } from "./config.ts";

/** A column that holds one property of the records. */
export type Column = { name: string; property: string; type: ColumnType; description?: string };

/** How a table holds its records: one row a key, one row a record, or one row a version of each key. */
export type Layout = "merge" | "append" | "history";

/** The table of a stream: its key columns first, then the other properties, then columns of ours. */
export type Table = {
  stream: string;
  schema: string;
  name: string;
  layout: Layout;
  /** Whether each full refresh replaces all rows. */
  isReplaced: boolean;
  keys: Column[];
  columns: Column[];
  /** Columns of ours, with their types as `format_type` spells them. */
  own: Readonly<Record<string, string>>;
  deletes: Config["deletes"];
};

const TIME = "timestamp with time zone";
/** Postgres allows 1,600; ours count too. */
const MAX_COLUMNS = 1600;

/** Yields the table for a stream; throws `config` for a stream that cannot be put into one. */
export function tableOf(configured: ConfiguredStream, config: Config): Table {
  const { stream, destination_mode: mode } = configured;
  const primaryKey = stream.primary_key ?? [];
  if (primaryKey.length === 0 && (mode === "merge" || mode === "history"))
    throw refused(stream.name, `has no primary key, which the mode "${mode}" needs`);
  const layout = mode === "overwrite" ? (primaryKey.length > 0 ? "merge" : "append") : mode;
  const columns = columnsOf(configured, config);
  const keys = layout === "append" ? [] : keyColumns(stream.name, primaryKey, columns);
  const own = ownColumns(layout, config);
  if (columns.length + Object.keys(own).length > MAX_COLUMNS)
    throw refused(stream.name, `has ${columns.length} properties, more than the columns of a Postgres table`);
  return {
    stream: stream.name,
    schema: schemaOf(stream, config),
    name: truncateIdentifier(config.table_prefix + stream.name),
    layout,
    isReplaced: mode === "overwrite",
    keys,
    columns: columns.filter((column) => !keys.includes(column)),
    own,
    deletes: config.deletes,
  };
}

/** Yields the schema-qualified, quoted name of a table. */
export function qualifiedName({ schema, name }: Pick<Table, "schema" | "name">): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** Needs standard_conforming_strings, which every transaction sets. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function schemaOf({ name, namespace }: ConfiguredStream["stream"], config: Config): string {
  if (!config.schema.includes("{namespace}")) return config.schema;
  if (namespace === undefined) throw refused(name, 'has no namespace, which "{namespace}" in schema needs');
  const schema = truncateIdentifier(config.schema.replaceAll("{namespace}", () => namespace));
  if (/^pg_|^information_schema$/.test(schema) || schema === config.checkpoint_schema)
    throw refused(name, `would go to the schema "${schema}", which is not for records`);
  return schema;
}

function columnsOf({ stream, fields }: ConfiguredStream, config: Config): Column[] {
  const properties = propertiesOf(stream.json_schema);
  const isWanted = (property: string) =>
    fields === undefined || fields.includes(property) || stream.primary_key?.includes(property) === true;
  const names = columnNames(Object.keys(properties).filter(isWanted));
  return [...names].map(([property, name]) => {
    const schema = properties[property];
    const description = descriptionOf(schema);
    const type = columnTypeOf(schema, config);
    return { name, property, type, ...(description === undefined ? {} : { description }) };
  });
}

function keyColumns(stream: string, primaryKey: readonly string[], columns: readonly Column[]): Column[] {
  return primaryKey.map((property) => {
    const column = columns.find((one) => one.property === property);
    if (column === undefined)
      throw refused(stream, `has the primary key "${property}", which its schema does not declare`);
    if (column.type === columnType("jsonb"))
      throw refused(stream, `has the key "${property}", which is not of one scalar type`);
    return column;
  });
}

function ownColumns(layout: Layout, { raw, deletes }: Config): Record<string, string> {
  const rest = raw ? { _raw: "jsonb" } : { _extra: "jsonb" };
  switch (layout) {
    case "merge":
      return {
        ...rest,
        _version: "bigint",
        _content_hash: "bigint",
        ...(deletes === "soft" ? { _deleted_version: "bigint", _deleted_at: TIME } : {}),
        _synced_at: TIME,
      };
    case "history":
      return {
        ...rest,
        _version: "bigint",
        _content_hash: "bigint",
        _deleted_at: TIME,
        _valid_to: "bigint",
        _synced_at: TIME,
      };
    case "append":
      return { ...rest, _version: "bigint", _deleted_at: TIME, _synced_at: TIME };
  }
}

function descriptionOf(schema: unknown): string | undefined {
  if (typeof schema !== "object" || schema === null || !("description" in schema)) return undefined;
  return typeof schema.description === "string" ? schema.description : undefined;
}

function refused(stream: string, what: string): SluiceError {
  return new SluiceError("config", `The stream "${stream}" ${what}; leave it out, or correct the catalog.`);
}
