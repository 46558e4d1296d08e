import { SluiceError } from "@sluice/protocol";
import { log } from "@sluice/protocol/stdio";
import { runMigrations } from "bullmq";
import { Client } from "pg";
import type { QueuedRun } from "../store/runs.ts";
import { newQueue, type QueuePlace } from "./backend.ts";
import { within } from "./within.ts";

const START_TIMEOUT_MS = 15_000;
const CALL_TIMEOUT_MS = 3000;

/** The queue of runs. It can be lost, and made anew from the store. */
export class RunQueue implements AsyncDisposable {
  readonly #queue: ReturnType<typeof newQueue>;

  private constructor(place: QueuePlace) {
    this.#queue = newQueue(place, { defaultJobOptions: { removeOnComplete: true, removeOnFail: true } });
    // told by the call that fails
    this.#queue.on("error", () => {});
  }

  /** Connects, and brings the queue's own tables up to date where it has some. Throws `transient` when it cannot. */
  static async open(place: QueuePlace): Promise<RunQueue> {
    if (place.kind === "postgres") await migrateTables(place);
    const queue = new RunQueue(place);
    try {
      await within(START_TIMEOUT_MS, queue.#queue.waitUntilReady());
    } catch (cause) {
      await queue[Symbol.asyncDispose]();
      const what = place.kind === "redis" ? "Redis cannot be used; check REDIS_URL." : "The queue cannot be used.";
      throw new SluiceError("transient", what, { cause });
    }
    return queue;
  }

  /**
   * Puts a run into the queue; one that is there already is not put there twice. A queue that is away is no failure: the
   * run is in the store, and workers put what the queue does not have there again.
   */
  async add({ id, priority, delayMs = 0 }: QueuedRun): Promise<void> {
    const added = this.#queue.add("run", { run_id: id }, { jobId: id, priority, delay: Math.ceil(delayMs) });
    await within(CALL_TIMEOUT_MS, added).catch((error: unknown) =>
      log("warn", `The queue is away, so the run ${id} waits for it: ${String(error)}`),
    );
  }

  /** Takes a run out of the queue that has not begun; one that a worker takes meanwhile finds in the store that it is over. */
  async remove(runId: string): Promise<void> {
    // what a worker holds cannot be removed, and need not be
    await within(CALL_TIMEOUT_MS, this.#queue.remove(runId)).catch(() => {});
  }

  /** Throws `transient` when the queue cannot be used. */
  async ping(): Promise<void> {
    await within(CALL_TIMEOUT_MS, this.#queue.count()).catch((cause: unknown) => {
      throw new SluiceError("transient", "The queue cannot be used.", { cause });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // a queue that is away is left as it is
    await within(CALL_TIMEOUT_MS, this.#queue.close()).catch(() => {
      // its connection would keep trying, and this process with it; that it has ended is never told
      void this.#queue.disconnect().catch(() => {});
    });
  }
}

async function migrateTables({ url: connectionString, namespace }: QueuePlace): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    await runMigrations(client, namespace);
  } finally {
    await client.end();
  }
}
