import { useMemo } from "react";
import { client } from "../api/client.ts";
import { useAllPages } from "../api/pages.ts";

/** Yields all connections, by name. */
export function useConnections() {
  return useAllPages(["/v1/connections"], ({ query, signal }) =>
    client.GET("/v1/connections", { params: { query }, signal }),
  );
}

/** Yields the names of the connections by their ids. */
export function useConnectionNames(): ReadonlyMap<string, string> {
  const { data } = useConnections();
  return useMemo(() => new Map(data?.map(({ id, name }) => [id, name])), [data]);
}
