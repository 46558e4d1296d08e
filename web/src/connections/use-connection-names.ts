import { useMemo } from "react";
import { api } from "../api/client.ts";

/** Yields the names of the connections by their ids. */
export function useConnectionNames(): ReadonlyMap<string, string> {
  const { data } = api.useQuery("get", "/v1/connections", { params: { query: { limit: 200 } } });
  return useMemo(() => new Map(data?.items.map(({ id, name }) => [id, name])), [data]);
}
