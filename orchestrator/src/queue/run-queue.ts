import { SluiceError } from "@sluice/protocol";
import { DelayedError, createPostgresBackend, runMigrations, withBackend, type Job } from "bullmq";
import { Client } from "pg";

const { Queue, Worker } = withBackend(createPostgresBackend);
const NAME = "runs";
const SCHEMA = "sluice_queue";
/** A worker that has not renewed its hold on a run for so long is taken for dead. */
const LOCK_MS = 30_000;
const STALLED_CHECK_MS = 10_000;
/** A worker may be killed as often as it likes: what was begun is gone on with. */
const MAX_STALLS = 1_000_000;

/** A job holds nothing but the run's id: what it needs is in the store, and what is secret never leaves it. */
type RunJob = { run_id: string };
/** What a worker makes of a run: done with it, or to be tried again after a while. */
export type Outcome = "done" | { againInMs: number };

/** The queue of runs, in the Postgres of the store. It can be lost, and made anew from the store. */
export class RunQueue implements AsyncDisposable {
  readonly #queue: InstanceType<typeof Queue<RunJob>>;

  private constructor(connectionString: string) {
    this.#queue = new Queue<RunJob>(NAME, {
      connection: connectionOf(connectionString),
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    });
    // told by the call that fails
    this.#queue.on("error", () => {});
  }

  /** Connects and brings the queue's own tables up to date. */
  static async open(connectionString: string): Promise<RunQueue> {
    const client = new Client({ connectionString });
    await client.connect();
    try {
      await runMigrations(client, SCHEMA);
    } finally {
      await client.end();
    }
    const queue = new RunQueue(connectionString);
    await queue.#queue.waitUntilReady();
    return queue;
  }

  /** Puts a run into the queue; one that is there already is not put there twice. */
  async add(runId: string): Promise<void> {
    await this.#queue.add("run", { run_id: runId }, { jobId: runId });
  }

  /** Takes a run out of the queue that has not begun. */
  async remove(runId: string): Promise<void> {
    const job = await this.#queue.getJob(runId);
    // one that a worker holds is not ours to remove; it hears of it from the store
    if (job !== undefined && !(await job.isActive())) await job.remove().catch(() => {});
  }

  /** Throws `transient` when the queue cannot be used. */
  async ping(): Promise<void> {
    await this.#queue.count().catch((cause: unknown) => {
      throw new SluiceError("transient", "The queue cannot be used.", { cause });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue.close();
  }
}

export type QueueWorkerOptions = {
  connectionString: string;
  /** Runs at the same time. */
  concurrency: number;
  /** Moves a run; the signal tells that the hold on it was lost, and that another worker may have it. */
  work(runId: string, signal: AbortSignal): Promise<Outcome>;
  onError(error: Error): void;
};

/** Takes runs from the queue, one after the other or some at once, until it is closed. */
export class QueueWorker {
  readonly #worker: InstanceType<typeof Worker<RunJob>>;

  constructor({ connectionString, concurrency, work, onError }: QueueWorkerOptions) {
    const process = async (job: Job<RunJob>, token?: string, signal?: AbortSignal) => {
      const outcome = await work(job.data.run_id, signal ?? new AbortController().signal);
      if (outcome === "done") return;
      await job.moveToDelayed(Date.now() + outcome.againInMs, token);
      throw new DelayedError();
    };
    this.#worker = new Worker<RunJob>(NAME, process, {
      connection: connectionOf(connectionString),
      concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: MAX_STALLS,
    });
    this.#worker.on("error", onError);
  }

  /** Takes no more runs, and resolves when those that it has are done with. */
  async close(): Promise<void> {
    await this.#worker.close();
  }
}

function connectionOf(connectionString: string) {
  return { connectionString, schema: SCHEMA, application_name: "sluice queue", keepAlive: true };
}
