import { qualifiedName } from "../table.ts";
import { objectColumns, type Target } from "./target.ts";

/**
 * Yields the statement that adds each record as a row, in the order of arrival: $1 the objects, $2 their versions or
 * null, $3 which of them are deletes. Answers how many rows were added, and where they are.
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
  RETURNING _deleted_at IS NOT NULL AS is_delete, ctid AS place
)
SELECT count(*) AS received, count(*) FILTER (WHERE is_delete) AS deleted, array_agg(place)::text AS places FROM written`;
}

/** Yields the statement that removes rows: $1 their places, which only the transaction that added them may rely on. */
export function removeAppended({ table }: Target): string {
  return `DELETE FROM ${qualifiedName(table)} WHERE ctid = ANY ($1::tid[])`;
}
