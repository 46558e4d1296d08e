import { useMemo } from "react";
import { api } from "../api/client.ts";
import { BY_CURSOR } from "../api/pages.ts";
import type { LogLevel } from "./log-levels.ts";
import { useSettled } from "./use-settled.ts";

const PAGE = 200;
const SETTLE_MS = 250;
const REFRESH_MS = 5_000;

/** Yields the lines of a run's whole log with a text in them, as the server finds them, page by page. */
export function useLogSearch(runId: string, { text, level, isLive }: LogSearch) {
  const contains = useSettled(text.trim(), SETTLE_MS);
  const isSearching = text.trim() !== "" && contains !== "";
  const { data, error, hasNextPage, isFetching, fetchNextPage } = api.useInfiniteQuery(
    "get",
    "/v1/runs/{id}/logs",
    { params: { path: { id: runId }, query: { contains, level, limit: PAGE } } },
    {
      enabled: isSearching,
      ...BY_CURSOR,
      refetchInterval: isLive ? REFRESH_MS : false,
    },
  );
  const lines = useMemo(() => data?.pages.flatMap(({ items }) => items), [data]);
  return {
    lines: isSearching ? lines : undefined,
    error,
    hasMore: hasNextPage,
    isFetching: isFetching && isSearching,
    more: () => void (isFetching ? undefined : fetchNextPage()),
  };
}

export type LogSearch = { text: string; level: LogLevel; isLive: boolean };
