import { useMemo } from "react";
import { client, type Schemas } from "../api/client.ts";
import { useAllPages } from "../api/pages.ts";
import type { QueryTable } from "../sql/result.ts";

/** A table of a destination, which the destination filled or which stands beside those. */
export type DataTable = QueryTable & {
  /** The columns that make a row one of its own. */
  keys: string[];
  /** Whether its rows can be followed as they change. */
  isFollowable: boolean;
};

const REFRESH_MS = 5_000;
/** The destination writes into it when it wrote a row. */
const WRITTEN_AT = "_synced_at";

/** Yields the tables of a pipeline's destination, kept current while there is none. */
export function useDataTables(id: string) {
  const { data, error, refetch } = useAllPages(
    ["/v1/pipelines/{id}/data/tables", id],
    ({ query, signal }) => client.GET("/v1/pipelines/{id}/data/tables", { params: { path: { id }, query }, signal }),
    { refetchInterval: ({ state }) => (state.data?.length === 0 ? REFRESH_MS : false) },
  );
  const tables = useMemo(() => data?.map(tableOf), [data]);
  return { data: tables, error, refetch };
}

function tableOf({ schema, name, estimated_rows: rows, columns }: Schemas["DataTable"]): DataTable {
  return {
    schema,
    name,
    rows: rows ?? undefined,
    columns,
    keys: columns.filter((column) => column.is_key).map((column) => column.name),
    isFollowable: columns.some((column) => column.name === WRITTEN_AT),
  };
}
