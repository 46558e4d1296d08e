import { useMemo } from "react";
import { api } from "../api/client.ts";

/** Yields the names of the pipelines by their ids. */
export function usePipelineNames(): ReadonlyMap<string, string> {
  const { data } = api.useQuery("get", "/v1/pipelines", { params: { query: { limit: 200 } } });
  return useMemo(() => new Map(data?.items.map(({ id, name }) => [id, name])), [data]);
}
