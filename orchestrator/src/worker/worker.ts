import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { ExitCode, exitCodeOf, type FailureType } from "@sluice/protocol";
import { log } from "@sluice/protocol/stdio";
import type { Summary } from "@sluice/runner";
import { QueueWorker, type Outcome } from "../queue/run-queue.ts";
import { joinSecrets } from "../secrets/config-secrets.ts";
import type { LogLine, StoredRun } from "../store/runs.ts";
import type { Store } from "../store/store.ts";
import type { RunAssignment } from "./assignment.ts";
import { runInProcess, type RunEnd } from "./run-process.ts";

const BUSY_RETRY_MS = 1000;
const FLUSH_EVERY_MS = 500;

export type WorkerOptions = {
  store: Store;
  connectionString: string;
  concurrency: number;
  /** Where what belongs to pipelines is kept on this machine. */
  dataFolder: string;
};

/** Takes runs from the queue and carries them out, each in a process of its own. */
export class RunWorker implements AsyncDisposable {
  readonly name = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
  readonly #options: WorkerOptions;
  readonly #queue: QueueWorker;
  readonly #shutdown = new AbortController();

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#queue = new QueueWorker({
      connectionString: options.connectionString,
      concurrency: options.concurrency,
      work: (runId, lost) => this.#work(runId, lost),
      onError: (error) => log("warn", `The queue failed for now: ${error.message}`),
    });
  }

  /** Takes no more runs, stops those that go on in order, and leaves them to another worker. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#shutdown.abort("SIGTERM");
    await this.#queue.close();
  }

  async #work(runId: string, lost: AbortSignal): Promise<Outcome> {
    const { runs } = this.#options.store;
    if (this.#shutdown.signal.aborted) return { againInMs: 0 };
    const run = await runs.start(runId, this.name);
    if (run === undefined) return "done";
    if (run === "busy") return { againInMs: BUSY_RETRY_MS };
    const end = await this.#carryOut(run, lost);
    const isCancelled = await runs.isCancelRequested(runId);
    if (this.#shutdown.signal.aborted && !isCancelled && isStopped(end)) {
      await runs.release(runId, this.name);
      return { againInMs: 0 };
    }
    await runs.end(runId, this.name, summaryOf(run, end));
    return "done";
  }

  async #carryOut(run: StoredRun, lost: AbortSignal): Promise<RunEnd> {
    const { runs } = this.#options.store;
    const cancelled = new AbortController();
    const lines: LogLine[] = [];
    let progress: StoredRun["progress"] = null;
    const flush = async () => {
      const taken = lines.splice(0);
      await runs.log(run.id, taken);
      if (progress !== null) await runs.progress(run.id, this.name, progress);
      progress = null;
      if (await runs.isCancelRequested(run.id)) cancelled.abort("SIGTERM");
    };
    let flushing = Promise.resolve();
    const timer = setInterval(() => {
      // a database that is away is waited for; what is told then is only late
      flushing = flushing
        .then(flush)
        .catch((error: unknown) => log("warn", `The log of ${run.id} waits: ${String(error)}`));
    }, FLUSH_EVERY_MS);
    try {
      return await runInProcess(
        await this.#assignment(run),
        { onProgress: (each) => (progress = each), onLog: (line) => lines.push(line) },
        AbortSignal.any([lost, cancelled.signal, this.#shutdown.signal]),
      );
    } finally {
      clearInterval(timer);
      await flushing;
      await flush();
    }
  }

  async #assignment({ id, pipeline_id: pipelineId, options }: StoredRun): Promise<RunAssignment> {
    const { store, dataFolder } = this.#options;
    const pipeline = await store.pipelines.get(pipelineId);
    const side = async (connectionId: string) => {
      const { connector, config, secrets } = await store.connections.withSecrets(connectionId);
      return { connector, config: joinSecrets({ config, secrets }) };
    };
    const [source, destination] = await Promise.all([side(pipeline.source_id), side(pipeline.destination_id)]);
    const settings = { ...pipeline.settings, source, destination };
    return { runId: id, pipelineId, folder: join(dataFolder, "pipelines"), settings, options };
  }
}

function isStopped(end: RunEnd): boolean {
  return "summary" in end && end.summary.status === "stopped";
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
