import { client } from "../api/client.ts";
import { useAllPages, useNames } from "../api/pages.ts";

/** Yields all pipelines as they are stored. */
export function useStoredPipelines() {
  return useAllPages(["/v1/pipelines"], ({ query, signal }) =>
    client.GET("/v1/pipelines", { params: { query }, signal }),
  );
}

/** Yields the names of the pipelines by their ids. */
export function usePipelineNames(): ReadonlyMap<string, string> {
  return useNames(useStoredPipelines().data);
}
