import { extname, join } from "node:path";
import { SluiceError, type FailureType, type Payload } from "@sluice/protocol";
import { LineSplitter } from "@sluice/protocol/stdio";
import type { Summary } from "@sluice/runner";
import { execa } from "execa";
import type { LogLine } from "../store/runs.ts";
import type {
  PlanNotice,
  RejectedRequest,
  RememberAnswer,
  RememberRequest,
  RetryNotice,
  RunAssignment,
  WorkerMessage,
} from "./assignment.ts";

// from src a .ts, from dist a .js
const HOST = join(import.meta.dirname, `run-host${extname(import.meta.filename)}`);

export type RunProcessEvents = {
  onPlanned(plan: PlanNotice): void;
  onProgress(progress: Payload<"progress">): void;
  onLog(line: LogLine): void;
  onRetry(retry: RetryNotice): void;
  /** A stream is failed or skipped. */
  onMissed(status: Payload<"stream_status">): void;
  /** Resolves once the text would survive a crash. */
  onRemember(request: RememberRequest): Promise<void>;
  /** Resolves once the record is kept. */
  onRejected(rejected: RejectedRequest): Promise<void>;
};

/** How a run ended: by its summary, by what kept it from having one, or cut off in the middle. */
export type RunEnd = { summary: Summary } | { failure: { failure_type: string; message: string }; isCut?: true };
/** For the process itself to end, once its time is over. */
const LAST_MOMENT_MS = 5000;

/**
 * Carries out a run in a process of its own, so that this one is free to renew its hold on it. Resolves to how it ended;
 * aborting the signal ends it in order. Its connectors are ended by force after `killAfterMs`, and it itself soon after that.
 */
export async function runInProcess(
  assignment: RunAssignment,
  { onPlanned, onProgress, onLog, onRetry, onMissed, onRemember, onRejected }: RunProcessEvents,
  signal: AbortSignal,
): Promise<RunEnd> {
  const force = new AbortController();
  const child = execa(process.execPath, [...process.execArgv, HOST], {
    buffer: false,
    reject: false,
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    killDescendants: true,
    cancelSignal: force.signal,
    killSignal: "SIGKILL",
    gracefulCancel: false,
  });
  // stays open: its end tells the process that this one is gone
  child.stdin.on("error", () => {});
  const tell = (message: RunAssignment | WorkerMessage) => child.stdin.write(`${JSON.stringify(message)}\n`);
  tell(assignment);
  using _ = stopper(signal, {
    stop: () => tell({ stop: true }),
    force: () => force.abort(),
    killAfterMs: assignment.killAfterMs,
  });
  const answered = async (number: number, work: Promise<void>) => {
    const answer = (failure?: NonNullable<RememberAnswer["failure"]>) => tell({ number, failure });
    await work.then(
      () => answer(),
      (error: unknown) =>
        answer({ failure_type: codeOf(error), message: error instanceof Error ? error.message : String(error) }),
    );
  };
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
  const splitter = new LineSplitter();
  let end: RunEnd | undefined;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    for (const { bytes } of splitter.push(chunk)) {
      const message = JSON.parse(bytes.toString());
      if (message.type === "planned") onPlanned(message.planned);
      if (message.type === "progress") onProgress(message.progress);
      if (message.type === "log") onLog(message.log);
      if (message.type === "retry") onRetry(message.retry);
      if (message.type === "missed") onMissed(message.missed);
      if (message.type === "remember") void answered(message.remember.number, onRemember(message.remember));
      if (message.type === "rejected") void answered(message.rejected.number, onRejected(message.rejected));
      if (message.type === "summary") end = { summary: message.summary };
      if (message.type === "failure") end = { failure: message.failure };
    }
  }
  const { exitCode, signal: killedBy } = await child;
  child.stdin.destroy();
  const how = killedBy === undefined ? `exit code ${exitCode ?? "none"}` : killedBy;
  const message = `The process of the run ended without a summary (${how})${said === "" ? "." : `: ${said.trim()}`}`;
  return end ?? { failure: { failure_type: "system", message }, isCut: true };
}

/**
 * Asks a process to stop by its stdin, where no request comes too early, once the signal aborts; and forces it some
 * time later, unless it was disposed of before.
 */
function stopper(
  signal: AbortSignal,
  { stop, force, killAfterMs }: { stop: () => void; force: () => void; killAfterMs: number },
): Disposable {
  let timer: NodeJS.Timeout | undefined;
  const abort = () => {
    stop();
    timer = setTimeout(force, killAfterMs + LAST_MOMENT_MS);
  };
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort);
  return {
    [Symbol.dispose]() {
      signal.removeEventListener("abort", abort);
      clearTimeout(timer);
    },
  };
}

/** A database that fails in a way of its own is taken for one that is away. */
function codeOf(error: unknown): FailureType {
  return error instanceof SluiceError ? error.code : "transient";
}
