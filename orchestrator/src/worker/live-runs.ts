import { log } from "@sluice/protocol/stdio";
import type { Outcome } from "../queue/queue-worker.ts";
import { repeat } from "../repeat.ts";
import { keepLiveRuns } from "../store/live-runs.ts";
import type { Store } from "../store/store.ts";

const EVERY_MS = 1000;
/** What has to wait for others is tried again at least so often. */
const MOST_WAIT_MS = 5000;

export type LiveOptions = {
  store: Store;
  /** Live runs at the same time. */
  slots: number;
  /** Carries a run out, if it may be; resolves when it is over here, or when to try again. */
  work(runId: string): Promise<Outcome>;
};

/**
 * Sees to it that each live pipeline has a run, and takes as many of them as there are slots. They do not come by the
 * queue: there they would hold the places of runs that end.
 */
export function keepLive({ store, slots, work }: LiveOptions): AsyncDisposable {
  const taken = new Map<string, Promise<unknown>>();
  /** Until when each one is not tried again that had to wait, by performance.now(). */
  let putOff = new Map<string, number>();
  const take = (runId: string) => {
    const over = work(runId)
      .then((outcome) => {
        if (outcome !== "done") putOff.set(runId, performance.now() + Math.min(outcome.againInMs, MOST_WAIT_MS));
      })
      .finally(() => taken.delete(runId));
    // it is taken again after a while, here or elsewhere
    over.catch((error: unknown) => log("warn", `The live run ${runId} is left as it is for now: ${String(error)}`));
    taken.set(runId, over);
  };
  const look = async () => {
    await keepLiveRuns(store.database);
    if (taken.size >= slots) return;
    const waiting = await store.heldRuns.waitingLive();
    putOff = new Map(waiting.map((runId) => [runId, putOff.get(runId) ?? 0] as const));
    // those that were tried longest ago come first: however many have to wait, they are in nobody's way
    const due = [...putOff].filter(([runId, until]) => !taken.has(runId) && until <= performance.now());
    for (const [runId] of due.toSorted(([, one], [, other]) => one - other).slice(0, slots - taken.size)) take(runId);
  };
  const looking = repeat({ everyMs: EVERY_MS, waits: "Live pipelines wait", work: look });
  return {
    async [Symbol.asyncDispose]() {
      await looking[Symbol.asyncDispose]();
      await Promise.allSettled(taken.values());
    },
  };
}
