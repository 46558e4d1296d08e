import type { Table } from "../table.ts";
import { keyText } from "./key-sql.ts";
import { relationLiteral, type Target } from "./target.ts";

/**
 * Yields a query of `key, version`: versions that were seen of rows and do not stand in them, because the content was
 * the same. Only batches that reach up to `least` (an expression) matter, so that newer records look nothing up.
 */
export function seenVersions({ table, beside }: Target, least: string, withRejected = false): string {
  return `SELECT e.key, max(e.version) AS version
    FROM ${beside}.seen s CROSS JOIN LATERAL unnest(s.keys, s.versions) AS e(key, version)
   WHERE s.relation = ${relationLiteral(table)} AND s.max_version >= ${least}${withRejected ? "" : " AND NOT s.is_rejected"}
   GROUP BY e.key`;
}

/** Yields the statement that remembers the rows of `source` (with `version` and the key's columns) that `condition` chooses. */
export function noteSeen({ table, beside }: Target, source: string, condition: string): string {
  return `INSERT INTO ${beside}.seen (relation, max_version, keys, versions)
  SELECT ${relationLiteral(table)}, max(version), array_agg(${keyText(table.keys, source)} ORDER BY version), array_agg(version ORDER BY version)
    FROM ${source} WHERE ${condition} HAVING count(*) > 0`;
}

/** Yields the statement that remembers rejected records ($1 keys, $2 versions), for a sweep to count them as seen. */
export function noteRejected({ table, beside }: Target): string {
  return `INSERT INTO ${beside}.seen (relation, max_version, is_rejected, keys, versions)
  SELECT ${relationLiteral(table)}, max(version), true, array_agg(key), array_agg(version)
    FROM unnest($1::text[], $2::bigint[]) AS r(key, version) HAVING count(*) > 0`;
}

/**
 * Yields the statements that forget what is of no use any more: batches of which each version is below another one
 * of the same key, here or in the row; and rejected records, once a stream is complete.
 */
export function forgetSeen({ table, beside }: Target, qualified: string): string[] {
  const relation = relationLiteral(table);
  return [
    `DELETE FROM ${beside}.seen WHERE relation = ${relation} AND is_rejected`,
    `WITH entries AS MATERIALIZED (
  SELECT s.id, e.key, e.version FROM ${beside}.seen s CROSS JOIN LATERAL unnest(s.keys, s.versions) AS e(key, version)
   WHERE s.relation = ${relation}
), newest AS (
  SELECT key, max(version) AS version FROM entries GROUP BY key
), needed AS (
  SELECT DISTINCT e.id FROM entries e JOIN newest n ON n.key = e.key AND n.version = e.version
    JOIN ${qualified} t ON ${keyText(table.keys, "t")} = e.key AND e.version > t._version
)
DELETE FROM ${beside}.seen s WHERE s.relation = ${relation} AND NOT EXISTS (SELECT 1 FROM needed WHERE needed.id = s.id)`,
  ];
}

/** Yields the condition that the table has remembered batches at all. */
export function hasSeen({ table, beside }: Target): string {
  return `SELECT count(*) AS batches FROM ${beside}.seen WHERE relation = ${relationLiteral(table)}`;
}

/** Yields the statements that give what is remembered of one table to another one, which it replaces. */
export function moveBeside({ beside }: Target, tables: { from: Table; to: Table }): string[] {
  const [from, to] = [relationLiteral(tables.from), relationLiteral(tables.to)];
  return ["seen", "tombstones"].flatMap((name) => [
    `DELETE FROM ${beside}.${name} WHERE relation = ${to}`,
    `UPDATE ${beside}.${name} SET relation = ${to} WHERE relation = ${from}`,
  ]);
}
