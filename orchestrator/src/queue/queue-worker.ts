import { DelayedError, type Job } from "bullmq";
import { log } from "@sluice/protocol/stdio";
import { LEASE_MS } from "../store/moments.ts";
import { newWorker, type QueuePlace, type RunJob } from "./backend.ts";
import { within } from "./within.ts";

const STALLED_CHECK_MS = 3000;
const RECONNECT_MS = 1000;
const CALL_TIMEOUT_MS = 3000;
/** A worker may be killed as often as it likes: what was begun is gone on with. */
const MAX_STALLS = 1_000_000;

/** What a worker makes of a run: done with it, or to be tried again after a while. */
export type Outcome = "done" | { againInMs: number };

export type QueueWorkerOptions = {
  place: QueuePlace;
  /** Runs at the same time. */
  concurrency: number;
  work(runId: string): Promise<Outcome>;
  onError(error: Error): void;
};

/**
 * Takes runs from the queue, one after the other or some at once, until it is closed. The queue only hands them out: who
 * holds a run is decided by the store.
 */
export class QueueWorker {
  readonly #worker: ReturnType<typeof newWorker>;
  readonly #working = new Set<Promise<Outcome>>();

  constructor({ place, concurrency, work, onError }: QueueWorkerOptions) {
    const process = async (job: Job<RunJob>, token?: string) => {
      const working = work(job.data.run_id);
      this.#working.add(working);
      const outcome = await working.finally(() => this.#working.delete(working));
      if (outcome === "done") return;
      const putBack = job.moveToDelayed(Date.now() + outcome.againInMs, token);
      await within(CALL_TIMEOUT_MS, putBack).catch((error: unknown) =>
        log("warn", `The queue is away, so the run ${job.data.run_id} waits for it: ${String(error)}`),
      );
      throw new DelayedError();
    };
    this.#worker = newWorker(place, process, {
      concurrency,
      lockDuration: LEASE_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: MAX_STALLS,
      runRetryDelay: RECONNECT_MS,
    });
    this.#worker.on("error", onError);
  }

  /** Takes no more runs, and resolves when those that it has are done with. A queue that is away is left as it is. */
  async close(): Promise<void> {
    const paused = this.#worker.pause();
    await Promise.allSettled(this.#working);
    const isAway = await within(CALL_TIMEOUT_MS, paused).then(
      () => false,
      () => true,
    );
    // else what is asked of it already would be waited for, and its connections would keep this process
    await this.#worker.close(isAway);
  }
}
