import { setTimeout as sleep } from "node:timers/promises";
import type { Store } from "../store/store.ts";
import { HEARTBEAT, HEARTBEAT_MS, RETRY, event } from "./server-sent-events.ts";

const POLL_MS = 500;
const LINES = 500;
const END = "end";

export type WatchOptions = {
  runId: string;
  /** Whoever watches is shown nothing more once their token has ended. */
  tokenId: string;
  /** Last-Event-ID: the number of the last log line that was told. */
  lastEventId: string;
  signal: AbortSignal;
};

/** Tells whether a Last-Event-ID says that all was told; EventSource stops asking when that is answered with 204. */
export function isToldToTheEnd(lastEventId: string): boolean {
  return lastEventId.endsWith(END);
}

/**
 * Yields what happens to a run as server-sent events (WHATWG HTML, 9.2): `log` for each line of its log behind the last
 * one that was told, `run` when the run is another than before, and `end` when it has ended and all was told.
 */
export async function* runEvents(store: Store, { runId, tokenId, lastEventId, signal }: WatchOptions) {
  let last = /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) : 0;
  let told = "";
  let heardAt = performance.now();
  yield RETRY;
  while (!signal.aborted) {
    // before its log, which is complete when a run has ended
    const run = await store.runs.get(runId);
    const { items, next } = await store.runs.logs(runId, {}, { after: [String(last)], limit: LINES });
    for (const line of items) {
      last = line.number;
      yield event("log", last, line);
    }
    if (next !== null) continue;
    const now = JSON.stringify(run);
    if (now !== told) yield event("run", last, run);
    told = now;
    if (run.ended_at !== null) {
      yield event(END, `${last}-${END}`, { status: run.status });
      return;
    }
    if (performance.now() - heardAt > HEARTBEAT_MS) {
      if (!(await store.tokens.isUsable(tokenId))) return;
      heardAt = performance.now();
      yield HEARTBEAT;
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => {});
  }
}
