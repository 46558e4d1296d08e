import { quoteIdentifier } from "@sluice/postgres-kit";
import { timeOf } from "@sluice/postgres-kit/columns";
import type { Column } from "../table.ts";

/** Yields the parameters that hold the keys, an array each: `$3::text[], $4::text[]`. */
export function keyParameters(keys: readonly Column[], first: number): string {
  return keys.map((_, index) => `$${first + index}::text[]`).join(", ");
}

/** Yields the names of the keys' texts as they come: `k0, k1`. */
export function keyAliases(keys: readonly Column[]): string {
  return keys.map((_, index) => `k${index}`).join(", ");
}

/** Yields the keys as values of their columns' types, under the columns' names. */
export function keyExpressions(keys: readonly Column[]): string {
  return keys
    .map(({ name, type }, index) => `${castKey(`k${index}`, type.name)} AS ${quoteIdentifier(name)}`)
    .join(", ");
}

/** Yields the quoted names of the key columns. */
export function keyNames(keys: readonly Column[]): string[] {
  return keys.map(({ name }) => quoteIdentifier(name));
}

/** Yields the condition that two relations agree in the key. */
export function sameKey(keys: readonly Column[], one: string, other: string): string {
  return keyNames(keys)
    .map((key) => `${one}.${key} = ${other}.${key}`)
    .join(" AND ");
}

/** Yields one text that stands for the whole key of a row of `alias`. */
export function keyText(keys: readonly Column[], alias: string): string {
  const names = keyNames(keys).map((key) => `${alias}.${key}`);
  return names.length === 1 ? `${names[0]}::text` : `jsonb_build_array(${names.join(", ")})::text`;
}

function castKey(value: string, type: Column["type"]["name"]): string {
  if (type === "unix_time") return `to_timestamp(${value}::bigint)`;
  if (type === "date_time") return timeOf(value);
  return `${value}::${type}`;
}
