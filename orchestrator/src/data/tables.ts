import type { PageOf, PageRequest } from "../store/pages.ts";
import { pageOf } from "../store/pages.ts";
import { dataFailure } from "./data-failure.ts";
import type { DestinationDatabase } from "./destination-database.ts";

/** A table or view of the destination. */
export type DataTable = {
  schema: string;
  name: string;
  kind: "table" | "view";
  /** As the database last counted, else as it was told of since then; null when it knows neither. */
  estimated_rows: number | null;
  bytes: number;
  comment: string | null;
  columns: { name: string; type: string; is_key: boolean; is_nullable: boolean; comment: string | null }[];
};

/** Resolves to a page of the tables that the destination's login sees where its records go, by schema and name. */
export async function dataTables(
  { client, schema, tablePrefix, checkpointSchema }: DestinationDatabase,
  { after, limit }: PageRequest,
): Promise<PageOf<DataTable>> {
  const { rows } = await client
    .query<DataTable>(
      `SELECT n.nspname AS schema, c.relname AS name, CASE WHEN c.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END AS kind,
              CASE WHEN c.relkind = 'v' THEN NULL
                   WHEN c.reltuples >= 0 THEN c.reltuples
                   WHEN c.relkind IN ('r', 'm') THEN
                     CASE WHEN pg_relation_size(c.oid) = 0 THEN 0 ELSE nullif(pg_stat_get_live_tuples(c.oid), 0) END
              END::float8 AS estimated_rows,
              pg_total_relation_size(c.oid)::float8 AS bytes, obj_description(c.oid, 'pg_class') AS comment,
              (SELECT coalesce(json_agg(json_build_object(
                        'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
                        'is_key', a.attnum = ANY (i.indkey) IS TRUE, 'is_nullable', NOT a.attnotnull,
                        'comment', col_description(c.oid, a.attnum)) ORDER BY a.attnum), '[]')
                 FROM pg_catalog.pg_attribute a
                 LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
          AND n.nspname <> $1 AND ($2::text IS NULL OR n.nspname = $2) AND starts_with(c.relname, $3)
          AND has_schema_privilege(n.oid, 'USAGE')
          AND ($4::text IS NULL OR (n.nspname::text COLLATE "C", c.relname::text COLLATE "C") > ($4, $5))
        ORDER BY n.nspname::text COLLATE "C", c.relname::text COLLATE "C" LIMIT $6 + 1`,
      [checkpointSchema, schema ?? null, tablePrefix, after?.[0] ?? null, after?.[1] ?? null, limit],
    )
    .catch((error: unknown) => {
      throw dataFailure(error);
    });
  return pageOf(rows, limit, (table) => [table.schema, table.name]);
}
