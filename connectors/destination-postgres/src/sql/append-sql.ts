import { qualifiedName } from "../table.ts";
import { objectColumns, type Target } from "./target.ts";

/**
 * Yields the statement that adds each record as a row, in the order of arrival: $1 the objects, $2 their versions or
 * null, $3 which of them are deletes. Answers how many rows were added.
 */
export function appendRecords({ table }: Target): string {
  const columns = objectColumns(table, true);
  return `
WITH written AS (
  INSERT INTO ${qualifiedName(table)} (${columns.map(({ name }) => name).join(", ")}, _version, _deleted_at, _synced_at)
  SELECT ${columns.map(({ value }) => value).join(", ")}, version, CASE WHEN is_delete THEN now() END, now()
    FROM (SELECT raw::jsonb AS object, version, is_delete
            FROM unnest($1::text[], $2::bigint[], $3::boolean[]) WITH ORDINALITY AS i(raw, version, is_delete, number)
           ORDER BY number) AS incoming
  RETURNING _deleted_at IS NOT NULL AS is_delete
)
SELECT count(*) AS received, count(*) FILTER (WHERE is_delete) AS deleted FROM written`;
}
