import { followRun, type RunEvent } from "@sluice/orchestrator/client";
import { useEffect, useState } from "react";
import { client } from "../api/client.ts";
import { NOTHING_YET, withEvents, type WatchedRun } from "./watched-run.ts";

const SHOW_EVERY_MS = 100;

/**
 * Yields what is known of a run while its events come, anew at most ten times a second however many those are. A
 * connection that breaks is made again. `error` is what the server refused, after which `restart` begins anew. Of another
 * run it has to be another component.
 */
export function useWatchedRun(id: string): WatchedRun & { error: unknown; restart: () => void } {
  const [watched, setWatched] = useState<WatchedRun>(NOTHING_YET);
  const [error, setError] = useState<unknown>(null);
  const [begun, setBegun] = useState(1);
  useEffect(() => {
    const leaving = new AbortController();
    let waiting: RunEvent[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      timer = undefined;
      const events = waiting;
      waiting = [];
      setWatched((before) => withEvents(before, events));
    };
    const watch = async () => {
      for await (const event of followRun(client, id, { signal: leaving.signal })) {
        waiting.push(event);
        timer ??= setTimeout(show, SHOW_EVERY_MS);
      }
    };
    watch().catch((failure: unknown) => {
      if (!leaving.signal.aborted) setError(failure);
    });
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [id, begun]);
  const restart = () => {
    setWatched(NOTHING_YET);
    setError(null);
    setBegun(begun + 1);
  };
  return { ...watched, error, restart };
}
