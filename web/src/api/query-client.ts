import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { isPassing, isUnauthorized } from "./problem.ts";

const STALE_MS = 5_000;
const RETRIES = 3;

/** Yields the page's memory of what the server told. A session that has ended anywhere ends it for the whole page. */
export function createPageQueries(): QueryClient {
  const onError = (error: unknown, key: unknown) => {
    if (isUnauthorized(error) && !isSession(key))
      void queries.invalidateQueries({ predicate: (q) => isSession(q.queryKey) });
  };
  const queries = new QueryClient({
    queryCache: new QueryCache({ onError: (error, query) => onError(error, query.queryKey) }),
    // a login that is refused ends nothing
    mutationCache: new MutationCache({
      onError: (error, _variables, _result, { options }) => onError(error, options.mutationKey),
    }),
    // the server may be on this machine, where there need be no network
    defaultOptions: {
      queries: { staleTime: STALE_MS, retry: isWorthRetrying, networkMode: "always" },
      mutations: { networkMode: "always" },
    },
  });
  return queries;
}

function isSession(key: unknown): boolean {
  return Array.isArray(key) && key[1] === "/v1/session";
}

/** What was refused stays refused; only what may pass is tried again. */
function isWorthRetrying(count: number, error: unknown): boolean {
  return count < RETRIES && isPassing(error);
}
