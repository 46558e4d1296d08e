import { qualifiedName } from "../table.ts";
import { keyAliases, keyExpressions, keyNames, keyParameters, keyText, sameKey } from "./key-sql.ts";
import { noteSeen, seenVersions } from "./seen-sql.ts";
import { objectColumns, relationLiteral, type Target } from "./target.ts";

/**
 * Yields the statement that merges upserts: $1 the objects, $2 their versions, then one array a key column.
 * It filters by key, version and content hash first and parses only what wins. What has the content of its row
 * already is not written: its version is noted beside the table. Answers one row of counts.
 */
export function mergeUpserts(target: Target): string {
  const { table, beside } = target;
  const keys = keyNames(table.keys);
  const columns = objectColumns(table, false);
  const written = [...columns.map(({ name }) => name), "_version", "_content_hash"];
  const isSoft = table.deletes === "soft";
  const known = "greatest(t._version, s.version)";
  const alive = isSoft ? " AND t._deleted_at IS NULL" : "";
  const absent = isSoft ? "" : `WHEN t._version IS NULL AND d.version > r.version THEN 'stale'`;
  return `
WITH incoming AS (
  SELECT raw, version, hashtextextended(raw, 0) AS hash, ${keyExpressions(table.keys)}
    FROM unnest($1::text[], $2::bigint[], ${keyParameters(table.keys, 3)}) AS i(raw, version, ${keyAliases(table.keys)})
), ranked AS (
  SELECT *, row_number() OVER (PARTITION BY ${keys.join(", ")} ORDER BY version DESC, hash DESC) AS rank FROM incoming
), seen AS MATERIALIZED (
  ${seenVersions(target, "(SELECT min(v) FROM unnest($2::bigint[]) AS versions(v))")}
), judged AS MATERIALIZED (
  SELECT r.*, CASE
      WHEN r.rank > 1 THEN 'superseded'
      ${absent}
      WHEN t._version IS NULL THEN 'wins'
      WHEN (r.version, r.hash) <= (${known}, t._content_hash) THEN 'stale'
      WHEN r.hash = t._content_hash${alive} THEN 'unchanged'
      ELSE 'wins'
    END AS verdict
    FROM ranked r
    LEFT JOIN ${qualifiedName(table)} t ON ${sameKey(table.keys, "t", "r")}
    LEFT JOIN seen s ON s.key = ${keyText(table.keys, "r")}
    ${isSoft ? "" : `LEFT JOIN ${beside}.tombstones d ON d.relation = ${relationLiteral(table)} AND d.key = ${keyText(table.keys, "r")}`}
), noted AS (
  ${noteSeen(target, "judged", "verdict = 'unchanged'")}
), winners AS MATERIALIZED (
  SELECT ${keys.join(", ")}, version, hash, raw::jsonb AS object FROM judged WHERE verdict = 'wins'
), written AS (
  INSERT INTO ${qualifiedName(table)} AS t (${[...keys, ...written].join(", ")}, _synced_at)
  SELECT ${[...keys, ...columns.map(({ value }) => value), "version", "hash"].join(", ")}, now() FROM winners
  ON CONFLICT (${keys.join(", ")}) DO UPDATE SET
    ${written.map((column) => `${column} = excluded.${column}`).join(", ")}, _synced_at = now()${
      isSoft ? ", _deleted_at = CASE WHEN t._deleted_version > excluded._version THEN t._deleted_at END" : ""
    }
  RETURNING 1
)
SELECT count(*) AS received, count(*) FILTER (WHERE verdict = 'wins') AS winners, (SELECT count(*) FROM written) AS written
  FROM judged`;
}

/**
 * Yields the statement that merges deletes: $1 their versions, then one array a key column. For equal versions the
 * upsert stands: a row is deleted only by a greater version than its own, or than one that was seen of it.
 * Answers how many deletes it got and how many took effect.
 */
export function mergeDeletes(target: Target): string {
  const { table } = target;
  const keys = keyNames(table.keys);
  return `
WITH incoming AS (
  SELECT version, ${keyExpressions(table.keys)}
    FROM unnest($1::bigint[], ${keyParameters(table.keys, 2)}) AS i(version, ${keyAliases(table.keys)})
), latest AS (
  SELECT ${keys.join(", ")}, max(version) AS version, count(*) AS records FROM incoming GROUP BY ${keys.join(", ")}
), seen AS MATERIALIZED (
  ${seenVersions(target, "(SELECT min(version) FROM latest)")}
), ${table.deletes === "soft" ? markRows(target) : removeRows(target)}
SELECT coalesce(sum(records), 0) AS received, (SELECT count(*) FROM removed WHERE took_effect) AS removed FROM latest`;
}

function markRows({ table }: Target): string {
  const keys = keyNames(table.keys);
  return `removed AS (
  INSERT INTO ${qualifiedName(table)} AS t (${keys.join(", ")}, _deleted_version, _deleted_at, _synced_at)
  SELECT ${keys.map((key) => `l.${key}`).join(", ")}, l.version,
         CASE WHEN old._version IS NULL OR l.version > greatest(old._version, s.version) THEN now() END, now()
    FROM latest l
    LEFT JOIN ${qualifiedName(table)} old ON ${sameKey(table.keys, "old", "l")}
    LEFT JOIN seen s ON s.key = ${keyText(table.keys, "l")}
   WHERE old._deleted_version IS NULL OR l.version > old._deleted_version
  ON CONFLICT (${keys.join(", ")}) DO UPDATE SET
    _deleted_version = excluded._deleted_version, _synced_at = now(),
    _deleted_at = CASE WHEN excluded._deleted_at IS NOT NULL THEN coalesce(t._deleted_at, excluded._deleted_at) END
  RETURNING _deleted_at IS NOT NULL AS took_effect
)`;
}

function removeRows({ table, beside }: Target): string {
  return `stones AS (
  INSERT INTO ${beside}.tombstones AS d (relation, key, version, deleted_at)
  SELECT ${relationLiteral(table)}, ${keyText(table.keys, "l")}, l.version, now() FROM latest l
  ON CONFLICT (relation, key) DO UPDATE SET version = excluded.version, deleted_at = excluded.deleted_at
   WHERE d.version < excluded.version
), removed AS (
  DELETE FROM ${qualifiedName(table)} t USING latest l LEFT JOIN seen s ON s.key = ${keyText(table.keys, "l")}
   WHERE ${sameKey(table.keys, "t", "l")} AND l.version > greatest(t._version, s.version)
  RETURNING true AS took_effect
)`;
}
