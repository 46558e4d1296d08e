import { useMemo } from "react";
import { api } from "../api/client.ts";
import { BY_CURSOR } from "../api/pages.ts";
import { mergedRuns } from "./merged-runs.ts";
import type { RunStatus } from "./run-words.ts";

// not alike, since both queries would be one with the same parameters
const NEWEST = 100;
const PAGE = 200;
const REFRESH_MS = 3_000;

/**
 * Yields runs, the newest first, page by page. The first page is asked for again and again; all of them the more seldom
 * the more there are, so that who looks far back asks no more of the server.
 */
export function useRuns({ pipelineId, status }: RunFilter) {
  const filter = {
    ...(pipelineId === undefined ? {} : { pipeline_id: pipelineId }),
    ...(status === undefined ? {} : { status }),
  };
  const newest = api.useQuery(
    "get",
    "/v1/runs",
    { params: { query: { ...filter, limit: NEWEST } } },
    { refetchInterval: REFRESH_MS, placeholderData: (before) => before },
  );
  const all = api.useInfiniteQuery(
    "get",
    "/v1/runs",
    { params: { query: { ...filter, limit: PAGE } } },
    {
      ...BY_CURSOR,
      refetchInterval: ({ state }) => REFRESH_MS * Math.max(1, state.data?.pages.length ?? 0),
    },
  );
  // of another filter
  const isOld = newest.isPlaceholderData;
  const runs = useMemo(
    () => (newest.data === undefined ? undefined : mergedRuns(newest.data, isOld ? [] : (all.data?.pages ?? []))),
    [newest.data, isOld, all.data],
  );
  return {
    runs,
    error: newest.error ?? all.error,
    hasMore: all.hasNextPage && newest.data?.next_cursor !== null,
    more: () => void (all.isFetchingNextPage ? undefined : all.fetchNextPage()),
    retry: () => void Promise.all([newest.refetch(), all.refetch()]),
  };
}

export type RunFilter = { pipelineId: string | undefined; status: RunStatus | undefined };
