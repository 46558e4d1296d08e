import { useMemo } from "react";
import { client } from "../api/client.ts";
import { useAllPages } from "../api/pages.ts";

/** Yields all pipelines as they are stored. */
export function useStoredPipelines() {
  return useAllPages(["/v1/pipelines"], ({ query, signal }) =>
    client.GET("/v1/pipelines", { params: { query }, signal }),
  );
}

/** Yields the names of the pipelines by their ids. */
export function usePipelineNames(): ReadonlyMap<string, string> {
  const { data } = useStoredPipelines();
  return useMemo(() => new Map(data?.map(({ id, name }) => [id, name])), [data]);
}
