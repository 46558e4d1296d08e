import { columnType, type ColumnType } from "@sluice/postgres-kit/columns";

/** What to do about a column that is there: keep it and write it as `type`, first changed to that where `change` says so. */
export type Fitting = { type: ColumnType; change?: string };

const integers = ["smallint", "integer"];
const fractions = ["real", "double precision"];

/**
 * Yields how a column of the type `found` takes values of the type `wanted`: as it is where it is as wide, or widened
 * in place so that no value is lost. Undefined where that cannot be: the two mean different things.
 * `found` is as `format_type` spells it; `column` the quoted name.
 */
export function fit(found: string, wanted: ColumnType, column: string): Fitting | undefined {
  if (found === wanted.sql) return { type: wanted };
  const isNumber = [...integers, ...fractions, "bigint", "numeric"].includes(found) || found.startsWith("numeric(");
  const isText = /^character( varying)?(\(\d+\))?$/.test(found) || found === "text";
  switch (wanted.name) {
    case "bigint":
      if (found === "numeric") return { type: columnType("numeric") };
      if (integers.includes(found)) return widen(wanted, "bigint", `${column}::bigint`);
      if (isNumber) return widen(columnType("numeric"), "numeric", `${column}::numeric`);
      break;
    case "numeric":
      if (isNumber) return widen(wanted, "numeric", `${column}::numeric`);
      break;
    case "jsonb":
      if (isText) return widen(wanted, "jsonb", `to_jsonb(${column}::text)`);
      if (isNumber || found === "boolean") return widen(wanted, "jsonb", `to_jsonb(${column})`);
      if (found === "timestamp with time zone") return widen(wanted, "jsonb", `to_jsonb(${isoText(column)})`);
      if (found === "json") return widen(wanted, "jsonb", `${column}::jsonb`);
      return undefined;
    case "text":
      if (found === "jsonb") return { type: columnType("jsonb") };
      if (isText) return widen(wanted, "text", `${column}::text`);
      if (isNumber || found === "boolean") return widen(wanted, "text", `${column}::text`);
      if (found === "timestamp with time zone") return widen(wanted, "text", isoText(column));
      return undefined;
    case "boolean":
      if (isNumber) return widen(columnType("text"), "text", `${column}::text`);
      break;
    case "unix_time":
    case "date_time":
      // seconds that became times, or times that became seconds: what the numbers mean is for a person to say
      if (isNumber) return undefined;
      break;
  }
  if (found === "jsonb") return { type: columnType("jsonb") };
  if (isText)
    return found === "text" ? { type: columnType("text") } : widen(columnType("text"), "text", `${column}::text`);
  if (found === "boolean") return widen(columnType("text"), "text", `${column}::text`);
  return undefined;
}

function widen(type: ColumnType, sql: string, using: string): Fitting {
  return { type, change: `TYPE ${sql} USING ${using}` };
}

function isoText(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}
