import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ExitCode, SluiceError, exitCodeOf, type FailureType } from "@sluice/protocol";
import { log } from "@sluice/protocol/stdio";
import type { Summary } from "@sluice/runner";
import type { QueuePlace } from "../queue/backend.ts";
import { QueueWorker, type Outcome } from "../queue/queue-worker.ts";
import type { RunQueue } from "../queue/run-queue.ts";
import { wholePipeline } from "../pipelines/whole-pipeline.ts";
import type { HeldRun } from "../store/held-run.ts";
import type { StoredRun } from "../store/runs.ts";
import type { Store } from "../store/store.ts";
import type { RunAssignment } from "./assignment.ts";
import { traced } from "../telemetry/tracing.ts";
import { keepLive } from "./live-runs.ts";
import { retryDelayMs } from "./retry-delay.ts";
import { repeat } from "../repeat.ts";
import { RunHold } from "./run-hold.ts";
import { RunLog } from "./run-log.ts";
import { runInProcess, type RunEnd } from "./run-process.ts";
import { keepScheduling } from "./scheduler.ts";

const STORE_TRIES = 60;
const STORE_RETRY_MS = 1000;
const SEEN_EVERY_MS = 15_000;
const KILL_AFTER_MS = 50_000;

export type WorkerOptions = {
  store: Store;
  queue: RunQueue;
  place: QueuePlace;
  /** Runs at the same time. */
  concurrency: number;
  /** Live runs at the same time, besides. */
  live: number;
  /** Where what belongs to pipelines is kept on this machine. */
  dataFolder: string;
};

/** How a run ended; `isCut` when its process was cut off in the middle, by whatever it was. */
type CarriedOut = { summary: Summary; isCut: boolean };

/**
 * Makes the runs of schedules and of live pipelines, takes runs from the queue, and carries them out, each in a process of
 * its own.
 */
export class RunWorker implements AsyncDisposable {
  readonly name = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
  readonly #options: WorkerOptions;
  readonly #queue: QueueWorker;
  readonly #scheduling: AsyncDisposable;
  readonly #presence: AsyncDisposable;
  readonly #living: AsyncDisposable;
  readonly #shutdown = new AbortController();
  #taken = 0;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#queue = new QueueWorker({
      place: options.place,
      concurrency: options.concurrency,
      work: (runId) => this.#work(runId),
      onError: (error) => log("warn", `The queue failed for now: ${error.message}`),
    });
    this.#scheduling = keepScheduling(options);
    this.#presence = repeat({
      everyMs: SEEN_EVERY_MS,
      waits: "That this worker lives could not be noted",
      work: () => options.store.workers.see(this.name, options.concurrency),
    });
    this.#living = keepLive({ store: options.store, slots: options.live, work: (runId) => this.#work(runId) });
  }

  /** Takes no more runs, stops those that go on in order, and leaves them to another worker. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#shutdown.abort("its worker ends, and another one goes on with it");
    await this.#scheduling[Symbol.asyncDispose]();
    await Promise.all([this.#queue.close(), this.#living[Symbol.asyncDispose]()]);
    await this.#presence[Symbol.asyncDispose]();
    await this.#options.store.workers.leave(this.name).catch(() => {});
  }

  async #work(runId: string): Promise<Outcome> {
    const { heldRuns } = this.#options.store;
    if (this.#shutdown.signal.aborted) return { againInMs: 0 };
    // a name for each time: what was lost meanwhile and came back to this very worker is not held by the time of before
    const held = { runId, worker: `${this.name}/${(this.#taken += 1)}` };
    const run = await heldRuns.start(held);
    if (run === undefined) return "done";
    if ("againInMs" in run) return run;
    await using hold = new RunHold(this.#options.store, held);
    const about = { run_id: run.id, pipeline_id: run.pipeline_id };
    log("info", `The run begins, of reason ${run.reason}.`, about);
    const span = {
      name: "run",
      attributes: { "sluice.run_id": run.id, "sluice.pipeline_id": run.pipeline_id, "sluice.reason": run.reason },
      // its message may tell more than whoever looks at traces is to know
      failureOf: ({ summary: { status, failure } }: CarriedOut) =>
        status === "failed" ? (failure?.failure_type ?? "failed") : undefined,
    };
    const carriedOut = await traced(span, () => this.#carryOut(run, { held, hold }));
    log("info", `The run ended: ${carriedOut.summary.status}.`, about);
    return await patiently(async () => {
      await hold.flush();
      return this.#settle(run, held, carriedOut);
    });
  }

  /** Stores what became of a run: it is over, or to be gone on with by another worker, or to be tried again later. */
  async #settle(run: StoredRun, held: HeldRun, { summary, isCut }: CarriedOut): Promise<Outcome> {
    const { heldRuns } = this.#options.store;
    const isCancelled = await heldRuns.isCancelRequested(run.id);
    // what was cut off since this worker ends is as if the worker had been lost
    if (this.#shutdown.signal.aborted && !isCancelled && (isCut || summary.status === "stopped")) {
      await heldRuns.release(held);
      return { againInMs: 0 };
    }
    // behind a live run that failed comes another one, after a while
    const delayMs = isCancelled || run.reason === "live" ? undefined : retryDelayMs(summary, run);
    if (delayMs === undefined) {
      await heldRuns.end(held, summary);
      return "done";
    }
    await heldRuns.retryLater(held, { summary, delayMs });
    return { againInMs: delayMs };
  }

  async #carryOut(run: StoredRun, { held, hold }: { held: HeldRun; hold: RunHold }): Promise<CarriedOut> {
    const runLog = new RunLog((line) => hold.log(line));
    runLog.taken(run, this.name);
    const signal = AbortSignal.any([hold.ended, this.#shutdown.signal]);
    const stopping = () => runLog.stopping(String(signal.reason));
    if (signal.aborted) stopping();
    signal.addEventListener("abort", stopping);
    try {
      const end = await this.#process(run, { held, hold, runLog, signal });
      const summary = summaryOf(run, end);
      runLog.ended(summary);
      return { summary, isCut: "isCut" in end };
    } finally {
      signal.removeEventListener("abort", stopping);
    }
  }

  async #process(
    run: StoredRun,
    { held, hold, runLog, signal }: { held: HeldRun; hold: RunHold; runLog: RunLog; signal: AbortSignal },
  ): Promise<RunEnd> {
    let assignment: RunAssignment;
    try {
      assignment = await this.#assignment(run, held);
    } catch (error) {
      // such as a key that is not here, or a pipeline that was deleted
      if (!(error instanceof SluiceError)) throw error;
      return { failure: { failure_type: error.code, message: error.message } };
    }
    return runInProcess(
      assignment,
      {
        onPlanned: (plan) => {
          runLog.planned(plan);
          // one that follows what changes is never all there
          if (run.reason !== "live") hold.planned(plan.streams);
        },
        onProgress: (progress) => {
          runLog.progress(progress);
          hold.progress(progress);
        },
        onLog: (line) => runLog.said(line),
        onRetry: (retry) => runLog.retry(retry),
        onMissed: (status) => runLog.missed(status),
        onRemember: (text) => this.#options.store.memories.write(held, text),
        onRejected: (letter) => this.#options.store.deadLetters.keep(held, letter),
      },
      signal,
    );
  }

  async #assignment({ pipeline_id: pipelineId, options, reason }: StoredRun, held: HeldRun): Promise<RunAssignment> {
    const { store, dataFolder } = this.#options;
    return {
      ...held,
      pipelineId,
      folder: join(dataFolder, "pipelines"),
      database: store.database.url,
      memory: await store.memories.read(pipelineId),
      settings: await wholePipeline(store, pipelineId),
      options,
      isLive: reason === "live",
      killAfterMs: KILL_AFTER_MS,
    };
  }
}

/**
 * Resolves to what the work does once the database can be used. A run whose end could not be stored for so long is carried
 * out again, since nobody knows of its end.
 */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof SluiceError || tries === STORE_TRIES) throw error;
      log("warn", `How a run ended waits to be stored: ${String(error)}`);
      await sleep(STORE_RETRY_MS);
    }
  }
}

/** What has no summary of its own gets one that says why. */
function summaryOf({ id, pipeline_id }: StoredRun, end: RunEnd): Summary {
  if ("summary" in end) return end.summary;
  const { failure_type, message } = end.failure;
  return {
    exit_code: exitCodeOf(failure_type as FailureType) ?? ExitCode.unexpected,
    status: "failed",
    run_id: id,
    pipeline_id,
    streams: {},
    failure: { side: "runner", failure_type: failure_type as FailureType, message },
    attempts: 1,
    states_saved: 0,
    duration_ms: 0,
    next: "Correct what is said above, and run it again.",
  };
}
