import { allPages } from "@sluice/orchestrator/client";
import { useQuery, type UseQueryOptions } from "@tanstack/react-query";
import { useMemo } from "react";
import { answeredOrProblem } from "./client.ts";

const PAGE = 200;

type Page<Item> = { items: Item[]; next_cursor: string | null };
type Asked = { query: { limit: number; cursor?: string }; signal: AbortSignal };

/** How a list is asked for page by page: options of `api.useInfiniteQuery`. */
export const BY_CURSOR = {
  pageParamName: "cursor",
  // an empty cursor asks for the first page
  initialPageParam: "",
  getNextPageParam: ({ next_cursor: next }: { next_cursor: string | null }) => next ?? undefined,
} as const;

/** Yields all items of a list, however many pages it has; `key` begins with its path, by which it is asked for anew. */
export function useAllPages<Item>(
  key: readonly [path: string, ...rest: string[]],
  ask: (asked: Asked) => Promise<{ data?: Page<Item>; error?: unknown }>,
  options: Pick<UseQueryOptions<Item[]>, "refetchInterval"> = {},
) {
  return useQuery({
    queryKey: ["get", ...key, "all pages"],
    queryFn: async ({ signal }) => {
      const items: Item[] = [];
      const page = (cursor: string | undefined) =>
        answeredOrProblem(ask({ query: { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) }, signal }));
      for await (const item of allPages(page)) items.push(item);
      return items;
    },
    ...options,
  });
}

/** Yields the names of things by their ids. */
export function useNames(items: readonly { id: string; name: string }[] | undefined): ReadonlyMap<string, string> {
  return useMemo(() => new Map(items?.map(({ id, name }) => [id, name])), [items]);
}
