import { notifyManager, useQueryClient, type Query, type QueryCache } from "@tanstack/react-query";
import { useCallback, useEffect, useSyncExternalStore } from "react";
import { isPassing, isProblem } from "./problem.ts";

const ASK_AGAIN_MS = 2_000;

/**
 * Yields why the page shows what it knew before, in words; undefined while all of it is current. As long as the server is
 * away, what is on the page is asked for again and again.
 */
export function useServerTrouble(): string | undefined {
  const queries = useQueryClient();
  const cache = queries.getQueryCache();
  const subscribe = useCallback((tell: () => void) => cache.subscribe(notifyManager.batchCalls(tell)), [cache]);
  const trouble = useSyncExternalStore(subscribe, () => troubleIn(cache));
  const isAway = trouble !== undefined;
  useEffect(() => {
    if (!isAway) return undefined;
    // what is being asked for just now is not begun anew, but tried at once
    const again = () => void queries.refetchQueries({ type: "active", predicate: isCutOff }, { cancelRefetch: false });
    const timer = setInterval(again, ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [isAway, queries]);
  return trouble;
}

function troubleIn(cache: QueryCache): string | undefined {
  const failure = cache
    .getAll()
    .filter((query) => query.isActive() && isCutOff(query))
    .map(failureOf)[0];
  if (failure === undefined) return undefined;
  return isProblem(failure) ? failure.detail : "The server does not answer.";
}

/** Whether a query would be answered if the server were there; what was never answered says so in its own place, too. */
function isCutOff(query: Query): boolean {
  const failure = failureOf(query);
  return failure instanceof TypeError || (query.state.data !== undefined && isPassing(failure));
}

function failureOf({ state }: Query): unknown {
  return state.error ?? state.fetchFailureReason;
}
