import { setTimeout as sleep } from "node:timers/promises";
import { log } from "@sluice/protocol/stdio";
import type { RunQueue } from "../queue/run-queue.ts";
import { makeDueRuns } from "../store/due-runs.ts";
import type { Store } from "../store/store.ts";

const EVERY_MS = 1000;

/**
 * Makes the runs of schedules as their time comes, and puts what the queue has lost back into it. Each worker has one; it
 * does not matter how many there are.
 */
export class Scheduler implements AsyncDisposable {
  readonly #store: Store;
  readonly #queue: RunQueue;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor({ store, queue }: { store: Store; queue: RunQueue }) {
    this.#store = store;
    this.#queue = queue;
    this.#ended = this.#tick();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  async #tick(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const due = await makeDueRuns(this.#store.database);
        // what it does not get now, it gets as forgotten later
        await this.#queue.ping();
        const runs = [...due, ...(await this.#store.heldRuns.forgotten())];
        await Promise.all(runs.map((run) => this.#queue.add(run)));
      } catch (error) {
        // the next time will do
        log("warn", `Schedules wait: ${error instanceof Error ? error.message : String(error)}`);
      }
      await sleep(EVERY_MS, undefined, { signal }).catch(() => {});
    }
  }
}
