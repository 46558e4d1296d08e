import { client } from "../api/client.ts";
import { useAllPages, useNames } from "../api/pages.ts";

/** Yields all connections, by name. */
export function useConnections() {
  return useAllPages(["/v1/connections"], ({ query, signal }) =>
    client.GET("/v1/connections", { params: { query }, signal }),
  );
}

/** Yields the names of the connections by their ids. */
export function useConnectionNames(): ReadonlyMap<string, string> {
  return useNames(useConnections().data);
}
