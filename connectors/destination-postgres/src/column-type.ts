/** How a property of a record becomes a column. */
export type ColumnType = {
  name: "text" | "bigint" | "numeric" | "boolean" | "jsonb" | "unix_time" | "date_time";
  /** The column's type as `format_type` spells it. */
  sql: string;
  /** Yields the SQL expression for the property `name` (a quoted literal) of the jsonb value `value`. */
  expression(value: string, name: string): string;
};

// numbers are numeric, not double precision: the digits that came are the digits that are kept
const types: Record<ColumnType["name"], ColumnType> = {
  text: { name: "text", sql: "text", expression: (value, name) => `${value} ->> ${name}` },
  bigint: { name: "bigint", sql: "bigint", expression: (value, name) => `(${value} ->> ${name})::bigint` },
  numeric: { name: "numeric", sql: "numeric", expression: (value, name) => `(${value} ->> ${name})::numeric` },
  boolean: { name: "boolean", sql: "boolean", expression: (value, name) => `(${value} ->> ${name})::boolean` },
  jsonb: { name: "jsonb", sql: "jsonb", expression: (value, name) => `NULLIF(${value} -> ${name}, 'null'::jsonb)` },
  unix_time: {
    name: "unix_time",
    sql: "timestamp with time zone",
    expression: (value, name) => `to_timestamp((${value} ->> ${name})::bigint)`,
  },
  date_time: {
    name: "date_time",
    sql: "timestamp with time zone",
    expression: (value, name) => `(${value} ->> ${name})::timestamptz`,
  },
};

type PropertySchema = { type?: unknown; format?: unknown; anyOf?: unknown };

/**
 * Yields the column type for a property's JSON Schema; null in a union only makes it nullable, as every column is.
 * A string or an object (an id that may be expanded) is text; any other mixture is jsonb.
 */
export function columnTypeOf(schema: unknown): ColumnType {
  if (typeof schema !== "object" || schema === null) return types.jsonb;
  const { format } = schema as PropertySchema;
  const names = typeNamesOf(schema).filter((type) => type !== "null");
  if (names.length === 1) return ofSingleType(names[0], format);
  if (names.length === 2 && names.includes("string") && names.includes("object")) return types.text;
  if (names.length === 2 && names.includes("integer") && names.includes("number")) return types.numeric;
  return types.jsonb;
}

function ofSingleType(name: string | undefined, format: unknown): ColumnType {
  switch (name) {
    case "string":
      return format === "date-time" ? types.date_time : types.text;
    case "integer":
      return format === "unix-time" ? types.unix_time : types.bigint;
    case "number":
      return types.numeric;
    case "boolean":
      return types.boolean;
    default:
      return types.jsonb;
  }
}

function typeNamesOf(schema: object): string[] {
  const { type, anyOf } = schema as PropertySchema;
  if (typeof type === "string") return [type];
  if (Array.isArray(type)) return type.filter((name) => typeof name === "string");
  if (!Array.isArray(anyOf)) return [];
  const branches: string[][] = anyOf.map((branch: unknown) =>
    typeof branch === "object" && branch !== null ? typeNamesOf(branch) : [],
  );
  // a branch without a type can be anything
  return branches.some((names) => names.length === 0) ? [] : [...new Set(branches.flat())];
}
