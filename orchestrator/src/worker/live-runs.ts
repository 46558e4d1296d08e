import { log } from "@sluice/protocol/stdio";
import { repeat } from "../repeat.ts";
import { keepLiveRuns } from "../store/live-runs.ts";
import type { Store } from "../store/store.ts";

const EVERY_MS = 1000;

export type LiveOptions = {
  store: Store;
  /** Live runs at the same time. */
  slots: number;
  /** Carries a run out, if it may be; resolves when it is over here. */
  work(runId: string): Promise<unknown>;
};

/**
 * Sees to it that each live pipeline has a run, and takes as many of them as there are slots. They do not come by the
 * queue: there they would hold the places of runs that end.
 */
export function keepLive({ store, slots, work }: LiveOptions): AsyncDisposable {
  const taken = new Map<string, Promise<unknown>>();
  const take = (runId: string) => {
    const over = work(runId).finally(() => taken.delete(runId));
    // it is taken again after a while, here or elsewhere
    over.catch((error: unknown) => log("warn", `The live run ${runId} is left as it is for now: ${String(error)}`));
    taken.set(runId, over);
  };
  const look = async () => {
    await keepLiveRuns(store.database);
    if (taken.size >= slots) return;
    for (const runId of await store.heldRuns.waitingLive(slots))
      if (taken.size < slots && !taken.has(runId)) take(runId);
  };
  const looking = repeat({ everyMs: EVERY_MS, waits: "Live pipelines wait", work: look });
  return {
    async [Symbol.asyncDispose]() {
      await looking[Symbol.asyncDispose]();
      await Promise.allSettled(taken.values());
    },
  };
}
