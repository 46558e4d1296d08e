import { useMemo } from "react";
import { api } from "../api/client.ts";
import { BY_CURSOR } from "../api/pages.ts";
import type { Run, RunStatus } from "./run-words.ts";

// not alike, since both queries would be one with the same parameters
const NEWEST = 100;
const PAGE = 200;
const REFRESH_MS = 3_000;

/** Yields runs, the newest first, page by page; the first page is asked for again and again, since only it has news. */
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
      staleTime: Infinity,
    },
  );
  const runs = useMemo(() => merged(newest.data?.items, all.data?.pages), [newest.data, all.data]);
  return {
    runs,
    error: newest.error ?? all.error,
    hasMore: all.hasNextPage,
    more: () => void (all.isFetching ? undefined : all.fetchNextPage()),
    retry: () => void Promise.all([newest.refetch(), all.refetch()]),
  };
}

export type RunFilter = { pipelineId: string | undefined; status: RunStatus | undefined };

/** Yields each run once, as it was told last, the newest first; undefined before anything was told. */
function merged(newest: readonly Run[] | undefined, pages: readonly { items: Run[] }[] | undefined): Run[] | undefined {
  if (newest === undefined) return undefined;
  const older = pages?.flatMap(({ items }) => items) ?? [];
  const byId = new Map([...older, ...newest].map((run) => [run.id, run]));
  return [...byId.values()].toSorted((one, other) => other.number - one.number);
}
