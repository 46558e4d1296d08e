import { quoteIdentifier } from "@sluice/postgres-kit";
import { qualifiedName, type Column, type Table } from "./table.ts";

/** The statements that merge a batch into a table; both commute, so the order of batches does not matter. */
export type MergeSql = { upsert: string; remove: string };

/**
 * Yields the statements for a table.
 * `upsert` takes the objects, their versions, and one array a key column; it filters by key, version and content hash
 * first and parses only what wins. `remove` takes the versions and the keys. Each answers one row of counts.
 */
export function mergeSql(table: Table): MergeSql {
  return { upsert: upsertSql(table), remove: removeSql(table) };
}

function upsertSql(table: Table): string {
  const keys = table.keys.map(({ name }) => quoteIdentifier(name));
  const values = table.columns.map(({ name }) => quoteIdentifier(name));
  const written = [...values, "_raw", "_version", "_content_hash"];
  return `
WITH incoming AS (
  SELECT raw, version, hashtextextended(raw, 0) AS hash, ${keyExpressions(table.keys)}
    FROM unnest($1::text[], $2::bigint[], ${keyParameters(table.keys, 3)}) AS i(raw, version, ${keyAliases(table.keys)})
), ranked AS (
  SELECT *, row_number() OVER (PARTITION BY ${keys.join(", ")} ORDER BY version DESC, hash DESC) AS rank FROM incoming
), judged AS MATERIALIZED (
  SELECT r.*, CASE
      WHEN r.rank > 1 THEN 'superseded'
      WHEN t._version IS NULL OR (r.version, r.hash) > (t._version, t._content_hash) THEN 'wins'
      ELSE 'stale'
    END AS verdict
    FROM ranked r LEFT JOIN ${qualifiedName(table)} t ON ${keys.map((key) => `t.${key} = r.${key}`).join(" AND ")}
), winners AS MATERIALIZED (
  SELECT ${keys.join(", ")}, version, hash, raw::jsonb AS object FROM judged WHERE verdict = 'wins'
), written AS (
  INSERT INTO ${qualifiedName(table)} AS t (${[...keys, ...written].join(", ")}, _synced_at)
  SELECT ${[...keys, ...valueExpressions(table.columns), "object", "version", "hash"].join(", ")}, now() FROM winners
  ON CONFLICT (${keys.join(", ")}) DO UPDATE SET
    ${written.map((column) => `${column} = excluded.${column}`).join(", ")}, _synced_at = now(),
    _deleted_at = CASE WHEN t._deleted_version > excluded._version THEN t._deleted_at END
  WHERE t._version IS NULL OR (excluded._version, excluded._content_hash) > (t._version, t._content_hash)
  RETURNING 1
)
SELECT count(*) FILTER (WHERE verdict = 'superseded') AS superseded,
       count(*) FILTER (WHERE verdict = 'stale') AS stale,
       count(*) FILTER (WHERE verdict = 'wins') AS winners,
       (SELECT count(*) FROM written) AS written
  FROM judged`;
}

/** For equal versions the upsert stands: a row is deleted only by a greater version than its own. */
function removeSql(table: Table): string {
  const keys = table.keys.map(({ name }) => quoteIdentifier(name));
  return `
WITH incoming AS (
  SELECT version, ${keyExpressions(table.keys)}
    FROM unnest($1::bigint[], ${keyParameters(table.keys, 2)}) AS i(version, ${keyAliases(table.keys)})
), latest AS (
  SELECT ${keys.join(", ")}, max(version) AS version, count(*) AS records FROM incoming GROUP BY ${keys.join(", ")}
), removed AS (
  INSERT INTO ${qualifiedName(table)} AS t (${keys.join(", ")}, _deleted_version, _deleted_at, _synced_at)
  SELECT ${keys.join(", ")}, version, now(), now() FROM latest
  ON CONFLICT (${keys.join(", ")}) DO UPDATE SET
    _deleted_version = excluded._deleted_version, _synced_at = now(),
    _deleted_at = CASE WHEN t._version IS NULL OR excluded._deleted_version > t._version
                       THEN coalesce(t._deleted_at, now()) END
  WHERE t._deleted_version IS NULL OR excluded._deleted_version > t._deleted_version
  RETURNING 1
)
SELECT coalesce(sum(records), 0) AS received, (SELECT count(*) FROM removed) AS removed FROM latest`;
}

function keyParameters(keys: readonly Column[], first: number): string {
  return keys.map((_, index) => `$${first + index}::text[]`).join(", ");
}

function keyAliases(keys: readonly Column[]): string {
  return keys.map((_, index) => `k${index}`).join(", ");
}

function keyExpressions(keys: readonly Column[]): string {
  return keys
    .map(({ name, type }, index) => `${keyCast(`k${index}`, type.name)} AS ${quoteIdentifier(name)}`)
    .join(", ");
}

function keyCast(value: string, type: Column["type"]["name"]): string {
  if (type === "unix_time") return `to_timestamp(${value}::bigint)`;
  if (type === "date_time") return `${value}::timestamptz`;
  return `${value}::${type}`;
}

function valueExpressions(columns: readonly Column[]): string[] {
  return columns.map(({ property, type }) => type.expression("object", quoteLiteral(property)));
}

/** Needs standard_conforming_strings, which the sessions have: it is Postgres's default since 9.1. */
function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
