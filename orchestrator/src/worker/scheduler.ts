import type { RunQueue } from "../queue/run-queue.ts";
import { repeat } from "../repeat.ts";
import { makeDueRuns } from "../store/due-runs.ts";
import type { Store } from "../store/store.ts";

const EVERY_MS = 1000;

/**
 * Makes the runs of schedules as their time comes, and puts what the queue has lost back into it. Each worker does; it
 * does not matter how many there are.
 */
export function keepScheduling({ store, queue }: { store: Store; queue: RunQueue }): AsyncDisposable {
  const work = async () => {
    const due = await makeDueRuns(store.database);
    // what it does not get now, it gets as forgotten later
    await queue.ping();
    const runs = [...due, ...(await store.heldRuns.forgotten())];
    await Promise.all(runs.map((run) => queue.add(run)));
  };
  return repeat({ everyMs: EVERY_MS, waits: "Schedules wait", work });
}
