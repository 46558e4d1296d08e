import { useQuery } from "@tanstack/react-query";
import { answeredOrProblem, client, type Schemas } from "../api/client.ts";
import type { QueryTable } from "../sql/result.ts";

/** A table of a destination, which the destination filled or which stands beside those. */
export type DataTable = QueryTable & {
  /** The columns that make a row one of its own. */
  keys: string[];
  /** Whether its rows can be followed as they change. */
  isFollowable: boolean;
};

const PAGE_LIMIT = 200;
const REFRESH_MS = 5_000;
/** The destination writes into it when it wrote a row. */
const WRITTEN_AT = "_synced_at";

/** Yields the tables of a pipeline's destination, kept current while there is none. */
export function useDataTables(pipelineId: string) {
  return useQuery({
    queryKey: ["get", "/v1/pipelines/{id}/data/tables", pipelineId],
    queryFn: ({ signal }) => allTables(pipelineId, signal),
    refetchInterval: ({ state }) => (state.data?.length === 0 ? REFRESH_MS : false),
  });
}

async function allTables(id: string, signal: AbortSignal): Promise<DataTable[]> {
  const tables: DataTable[] = [];
  let cursor: string | undefined;
  do {
    const { items, next_cursor: next } = await answeredOrProblem(
      client.GET("/v1/pipelines/{id}/data/tables", {
        params: { path: { id }, query: { limit: PAGE_LIMIT, ...(cursor === undefined ? {} : { cursor }) } },
        signal,
      }),
    );
    tables.push(...items.map(tableOf));
    cursor = next ?? undefined;
  } while (cursor !== undefined);
  return tables;
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
