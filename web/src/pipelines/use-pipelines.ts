import { keepPreviousData } from "@tanstack/react-query";
import { api } from "../api/client.ts";
import { BY_CURSOR } from "../api/pages.ts";
import type { PipelineHealth } from "./health-words.ts";

const REFRESH_MS = 5_000;
const PAGE = 100;

/** Yields pipelines with how they are, asked for again every few seconds; while a search is changed the old ones stay. */
export function usePipelines({ q, health }: { q?: string | undefined; health?: PipelineHealth["health"] | undefined }) {
  const query = {
    limit: PAGE,
    ...(q === undefined ? {} : { contains: q }),
    ...(health === undefined ? {} : { health }),
  };
  const { data, error, isPlaceholderData, hasNextPage, fetchNextPage, refetch } = api.useInfiniteQuery(
    "get",
    "/v1/pipelines/health",
    { params: { query } },
    {
      ...BY_CURSOR,
      placeholderData: keepPreviousData,
      refetchInterval: REFRESH_MS,
    },
  );
  return {
    pipelines: data?.pages.flatMap(({ items }) => items),
    error,
    isOld: isPlaceholderData,
    hasMore: hasNextPage,
    more: () => void fetchNextPage(),
    retry: () => void refetch(),
  };
}

/** Yields one pipeline with how it is, kept current. */
export function usePipelineHealth(id: string): { pipeline: PipelineHealth | undefined; error: unknown } {
  const { data, error } = api.useQuery(
    "get",
    "/v1/pipelines/health",
    { params: { query: { pipeline_id: id, limit: 1 } } },
    { refetchInterval: REFRESH_MS },
  );
  return { pipeline: data?.items[0], error };
}
