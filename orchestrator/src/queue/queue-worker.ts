import { DelayedError, type Job } from "bullmq";
import { LEASE_MS } from "../store/moments.ts";
import { newWorker, type QueuePlace, type RunJob } from "./backend.ts";

const STALLED_CHECK_MS = 3000;
const RECONNECT_MS = 1000;
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

  constructor({ place, concurrency, work, onError }: QueueWorkerOptions) {
    const process = async (job: Job<RunJob>, token?: string) => {
      const outcome = await work(job.data.run_id);
      if (outcome === "done") return;
      await job.moveToDelayed(Date.now() + outcome.againInMs, token);
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

  /** Takes no more runs, and resolves when those that it has are done with. */
  async close(): Promise<void> {
    await this.#worker.close();
  }
}
