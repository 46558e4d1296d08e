import { qualifiedName } from "../table.ts";
import { keyNames, keyText } from "./key-sql.ts";
import { seenVersions } from "./seen-sql.ts";
import { relationLiteral, type Target } from "./target.ts";

/**
 * Yields the statement that deletes, at the version $1, every row that was last seen below it; a rejected record was
 * seen as well. Answers how many.
 */
export function sweepRows(target: Target): string {
  const { table } = target;
  const vanished =
    table.layout === "history" ? lastVersions(target) : table.deletes === "soft" ? marks(target) : removals(target);
  return `
WITH seen AS MATERIALIZED (
  ${seenVersions(target, "$1::bigint", true)}
), ${vanished}
SELECT count(*) AS swept FROM swept`;
}

function unseen({ table }: Target): string {
  return `NOT EXISTS (SELECT 1 FROM seen s WHERE s.key = ${keyText(table.keys, "t")} AND s.version >= $1::bigint)`;
}

function marks(target: Target): string {
  return `swept AS (
  UPDATE ${qualifiedName(target.table)} t SET _deleted_version = $1::bigint, _deleted_at = now(), _synced_at = now()
   WHERE t._version < $1::bigint AND t._deleted_at IS NULL AND ${unseen(target)}
  RETURNING 1
)`;
}

function removals(target: Target): string {
  const { table, beside } = target;
  return `swept AS (
  DELETE FROM ${qualifiedName(table)} t WHERE t._version < $1::bigint AND ${unseen(target)}
  RETURNING ${keyText(table.keys, "t")} AS key
), stones AS (
  INSERT INTO ${beside}.tombstones AS d (relation, key, version, deleted_at)
  SELECT ${relationLiteral(table)}, key, $1::bigint, now() FROM swept
  ON CONFLICT (relation, key) DO UPDATE SET version = excluded.version, deleted_at = excluded.deleted_at
   WHERE d.version < excluded.version
)`;
}

function lastVersions(target: Target): string {
  const { table } = target;
  const keys = keyNames(table.keys);
  const name = qualifiedName(table);
  return `last AS (
  SELECT ${keys.join(", ")} FROM ${name} t
   WHERE t._valid_to IS NULL AND t._version < $1::bigint AND t._deleted_at IS NULL AND ${unseen(target)}
), closed AS (
  UPDATE ${name} t SET _valid_to = $1::bigint FROM last
   WHERE t._valid_to IS NULL AND ${keys.map((key) => `t.${key} = last.${key}`).join(" AND ")}
), swept AS (
  INSERT INTO ${name} (${keys.join(", ")}, _version, _deleted_at, _synced_at)
  SELECT ${keys.join(", ")}, $1::bigint, now(), now() FROM last
  RETURNING 1
)`;
}
