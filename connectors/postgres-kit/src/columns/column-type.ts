/** How a property of a record becomes a column. */
export type ColumnType = {
  name: "text" | "bigint" | "numeric" | "boolean" | "jsonb" | "unix_time" | "date_time";
  /** The column's type as `format_type` spells it. */
  sql: string;
  /** Yields the SQL expression for the property `name` (a quoted literal) of the jsonb value `value`. */
  expression(value: string, name: string): string;
  /** The same for a value that may not fit, which then yields NULL: for filling a new column. Times without an offset are of the session's time zone. */
  lenient(value: string, name: string): string;
};

const typeIs = (value: string, name: string, type: string) => `jsonb_typeof(${value} -> ${name}) = '${type}'`;

/** Postgres also reads words such as 'now' as a time, which would be another one at each reading. */
const ISO_TIME = "^[0-9]{4,6}-[0-9]{2}-[0-9]{2}([T ]|$)";

/** A date that there is, from year 1 to 289999, and perhaps a time: what of ISO 8601 Postgres reads without an error. */
const VALID_TIME = (() => {
  const year = "([1-9]|1[0-9]|2[0-8])?[0-9]{4}";
  const leapYear = "([1-9]|1[0-9]|2[0-8])?([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)";
  const day = [
    "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])",
    "(0[469]|11)-(0[1-9]|[12][0-9]|30)",
    "02-(0[1-9]|1[0-9]|2[0-8])",
  ].join("|");
  const clock = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,30})?)?";
  const offset = "(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)";
  return `^(?!0000)(${year}-(${day})|${leapYear}-02-29)([T ]${clock}${offset}?)?$`;
})();

/** Digits within the bounds of a type; the bounds are looked at only where there are digits. */
const wholeNumber = (text: string, [least, most]: [string, string], yields: string) =>
  `CASE WHEN ${text} ~ '^[-+]?[0-9]{1,30}$' THEN CASE WHEN (${text})::numeric BETWEEN ${least} AND ${most} THEN ${yields} END END`;

/** Yields the SQL expression for the date and time that a text is; evaluating it fails for any other text. */
export function timeOf(text: string): string {
  return `(CASE WHEN ${text} ~ '${ISO_TIME}' THEN ${text} WHEN ${text} IS NOT NULL THEN 'no time' END)::timestamptz`;
}

// numbers are numeric, not double precision: the digits that came are the digits that are kept
const types: Record<ColumnType["name"], ColumnType> = {
  text: {
    name: "text",
    sql: "text",
    expression: (value, name) => `${value} ->> ${name}`,
    lenient: (value, name) => `${value} ->> ${name}`,
  },
  bigint: {
    name: "bigint",
    sql: "bigint",
    expression: (value, name) => `(${value} ->> ${name})::bigint`,
    lenient: (value, name) =>
      wholeNumber(
        `${value} ->> ${name}`,
        ["-9223372036854775808", "9223372036854775807"],
        `(${value} ->> ${name})::bigint`,
      ),
  },
  numeric: {
    name: "numeric",
    sql: "numeric",
    expression: (value, name) => `(${value} ->> ${name})::numeric`,
    lenient: (value, name) =>
      `CASE WHEN ${typeIs(value, name, "number")} OR ${value} ->> ${name} ~ '^[-+]?[0-9]{1,250}([.][0-9]{1,250})?$' THEN (${value} ->> ${name})::numeric END`,
  },
  boolean: {
    name: "boolean",
    sql: "boolean",
    expression: (value, name) => `(${value} ->> ${name})::boolean`,
    lenient: (value, name) => `CASE WHEN ${typeIs(value, name, "boolean")} THEN (${value} ->> ${name})::boolean END`,
  },
  jsonb: {
    name: "jsonb",
    sql: "jsonb",
    expression: (value, name) => `NULLIF(${value} -> ${name}, 'null'::jsonb)`,
    lenient: (value, name) => `NULLIF(${value} -> ${name}, 'null'::jsonb)`,
  },
  unix_time: {
    name: "unix_time",
    sql: "timestamp with time zone",
    expression: (value, name) => `to_timestamp((${value} ->> ${name})::bigint)`,
    lenient: (value, name) =>
      wholeNumber(
        `${value} ->> ${name}`,
        ["-210866803200", "9224318015999"],
        `to_timestamp((${value} ->> ${name})::bigint)`,
      ),
  },
  date_time: {
    name: "date_time",
    sql: "timestamp with time zone",
    expression: (value, name) => timeOf(`${value} ->> ${name}`),
    lenient: (value, name) =>
      `CASE WHEN ${value} ->> ${name} ~ '${VALID_TIME}' THEN (${value} ->> ${name})::timestamptz END`,
  },
};

type PropertySchema = { type?: unknown; format?: unknown; anyOf?: unknown };
type TypeOptions = { timestamps: "timestamptz" | "epoch" };

/** Yields the column type of a name. */
export function columnType(name: ColumnType["name"]): ColumnType {
  return types[name];
}

/**
 * Yields the column type for a property's JSON Schema; null in a union only makes it nullable, as every column is.
 * A string or an object (an id that may be expanded) is text; any other mixture is jsonb.
 */
export function columnTypeOf(schema: unknown, options: TypeOptions): ColumnType {
  if (typeof schema !== "object" || schema === null) return types.jsonb;
  const { format } = schema as PropertySchema;
  const names = typeNamesOf(schema).filter((type) => type !== "null");
  if (names.length === 1) return ofSingleType(names[0], format, options);
  if (names.length === 2 && names.includes("string") && names.includes("object")) return types.text;
  if (names.length === 2 && names.includes("integer") && names.includes("number")) return types.numeric;
  return types.jsonb;
}

function ofSingleType(name: string | undefined, format: unknown, { timestamps }: TypeOptions): ColumnType {
  switch (name) {
    case "string":
      return format === "date-time" ? types.date_time : types.text;
    case "integer":
      return format === "unix-time" && timestamps === "timestamptz" ? types.unix_time : types.bigint;
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
