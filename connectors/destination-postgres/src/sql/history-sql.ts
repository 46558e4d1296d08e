import { qualifiedName } from "../table.ts";
import { keyAliases, keyExpressions, keyNames, keyParameters, sameKey } from "./key-sql.ts";
import { objectColumns, type Target } from "./target.ts";

/**
 * Yields the statement that keeps each version as a row: $1 the objects, $2 their versions, then one array a key
 * column. Of two contents of one version the greater hash stands, and any content over a delete. Answers counts.
 */
export function keepVersions({ table }: Target): string {
  const keys = keyNames(table.keys);
  const columns = objectColumns(table, false);
  const written = [...columns.map(({ name }) => name), "_content_hash"];
  return `
WITH incoming AS (
  SELECT raw, version, hashtextextended(raw, 0) AS hash, ${keyExpressions(table.keys)}
    FROM unnest($1::text[], $2::bigint[], ${keyParameters(table.keys, 3)}) AS i(raw, version, ${keyAliases(table.keys)})
), ranked AS (
  SELECT *, row_number() OVER (PARTITION BY ${keys.join(", ")}, version ORDER BY hash DESC) AS rank FROM incoming
), judged AS MATERIALIZED (
  SELECT r.*, r.rank = 1 AND (t._content_hash IS NULL OR r.hash > t._content_hash) AS wins
    FROM ranked r
    LEFT JOIN ${qualifiedName(table)} t ON ${sameKey(table.keys, "t", "r")} AND t._version = r.version
), winners AS MATERIALIZED (
  SELECT ${keys.join(", ")}, version, hash, raw::jsonb AS object FROM judged WHERE wins
), written AS (
  INSERT INTO ${qualifiedName(table)} AS t (${[...keys, "_version", ...written].join(", ")}, _synced_at)
  SELECT ${[...keys, "version", ...columns.map(({ value }) => value), "hash"].join(", ")}, now() FROM winners
  ON CONFLICT (${keys.join(", ")}, _version) DO UPDATE SET
    ${written.map((column) => `${column} = excluded.${column}`).join(", ")}, _synced_at = now(), _deleted_at = NULL
  RETURNING 1
)
SELECT count(*) AS received, count(*) FILTER (WHERE wins) AS winners, (SELECT count(*) FROM written) AS written FROM judged`;
}

/** Yields the statement that keeps each delete as a row without content: $1 their versions, then the keys. */
export function keepDeletes({ table }: Target): string {
  const keys = keyNames(table.keys);
  return `
WITH incoming AS (
  SELECT version, ${keyExpressions(table.keys)}
    FROM unnest($1::bigint[], ${keyParameters(table.keys, 2)}) AS i(version, ${keyAliases(table.keys)})
), removed AS (
  INSERT INTO ${qualifiedName(table)} (${keys.join(", ")}, _version, _deleted_at, _synced_at)
  SELECT DISTINCT ${keys.join(", ")}, version, now(), now() FROM incoming
  ON CONFLICT (${keys.join(", ")}, _version) DO NOTHING
  RETURNING 1
)
SELECT count(*) AS received, (SELECT count(*) FROM removed) AS removed FROM incoming`;
}

/** Yields the statement that tells each version of the given keys (an array a key column) where the next one begins. */
export function closeVersions({ table }: Target): string {
  const keys = keyNames(table.keys);
  const name = qualifiedName(table);
  return `
WITH touched AS (
  SELECT DISTINCT ${keyExpressions(table.keys)} FROM unnest(${keyParameters(table.keys, 1)}) AS i(${keyAliases(table.keys)})
), next AS (
  SELECT ${keys.map((key) => `t.${key}`).join(", ")}, t._version,
         lead(t._version) OVER (PARTITION BY ${keys.map((key) => `t.${key}`).join(", ")} ORDER BY t._version) AS valid_to
    FROM ${name} t JOIN touched ON ${sameKey(table.keys, "t", "touched")}
)
UPDATE ${name} t SET _valid_to = next.valid_to FROM next
 WHERE ${sameKey(table.keys, "t", "next")} AND t._version = next._version AND t._valid_to IS DISTINCT FROM next.valid_to`;
}
