import { SluiceError, type Payload } from "@sluice/protocol";
import { LineSplitter, Output, configureLog, redirectConsole } from "@sluice/protocol/stdio";
import {
  Pipeline,
  openPipeline,
  startPipelineRun,
  type LoadedPipeline,
  type OpenPipeline,
  type PlannedStream,
  type RunEvent,
} from "@sluice/runner";
import { Database } from "../store/database.ts";
import { MAX_DEAD_LETTERS, MAX_DEAD_LETTER_BYTES } from "../store/dead-letters.ts";
import type { HeldRun } from "../store/held-run.ts";
import { Recordings } from "../store/recordings.ts";
import { ownStatesIn } from "../store/states.ts";
import type { PlanNotice, RetryNotice, RunAssignment, WorkerMessage } from "./assignment.ts";
import { BudgetSocket } from "./budget-socket.ts";
import { HostMemory } from "./host-memory.ts";
import { InboxInputs } from "./inbox-inputs.ts";
import { RunRecording } from "./run-recording.ts";

// Carries out one run in a process of its own: what to do comes as the first line on stdin, what happens goes out as
// lines on stdout, the summary last. What must be remembered is asked of the worker, which answers with further lines on
// stdin, and asks the run to stop by one. The end of stdin is the end of the worker, at which the run stops, too: in order,
// and after so long its connectors are killed, and what is left of this process a moment later.
const MAX_CONNECTIONS = 3;
const LAST_MOMENT_MS = 2000;
configureLog({ program: "sluice" });
redirectConsole();
const stop = new AbortController();
const force = new AbortController();
process.on("SIGTERM", () => stop.abort("SIGTERM"));
const output = new Output(process.stdout);

const memory = new HostMemory((remember) => print("remember", remember));
process.exitCode = await carryOut(await readAssignment());
// the worker keeps it open as long as it lives
process.stdin.destroy();

async function readAssignment(): Promise<RunAssignment> {
  const splitter = new LineSplitter(Infinity);
  const assignment = Promise.withResolvers<RunAssignment>();
  let isAssigned = false;
  process.stdin.on("data", (chunk: Buffer) => {
    for (const { bytes } of splitter.push(chunk)) {
      const message = JSON.parse(bytes.toString());
      if (isAssigned) hear(message as WorkerMessage, assignment.promise);
      else assignment.resolve(message as RunAssignment);
      isAssigned = true;
    }
  });
  // a worker that is killed with something unread makes it an error
  process.stdin.on("error", () => {});
  process.stdin.once("close", () => {
    assignment.reject(new Error("The worker ended before it said what to do."));
    memory.close();
    stopInTime(assignment.promise);
  });
  return assignment.promise;
}

/** Stops the run in order, or by force. Connectors are groups of their own, which would outlive this process. */
function stopInTime(assignment: Promise<RunAssignment>): void {
  stop.abort("SIGTERM");
  const kill = () => {
    force.abort();
    setTimeout(() => process.kill(process.pid, "SIGKILL"), LAST_MOMENT_MS).unref();
  };
  // a worker that has gone without a word leaves nothing to stop
  assignment.then(({ killAfterMs }) => void setTimeout(kill, killAfterMs).unref()).catch(() => {});
}

function hear(message: WorkerMessage, assignment: Promise<RunAssignment>): void {
  if ("stop" in message) stopInTime(assignment);
  else memory.answered(message);
}

async function carryOut(assignment: RunAssignment): Promise<number> {
  const { runId, worker, pipelineId, folder, database, settings, options, isLive } = assignment;
  await using store = Database.attach(database, { connections: MAX_CONNECTIONS });
  await using budget = await BudgetSocket.listen(store);
  const recording = options.record === true ? recordingOf({ runId, worker }, store) : undefined;
  await using inputs = isLive ? new InboxInputs(store, pipelineId) : undefined;
  try {
    memory.load(assignment.memory);
    const pipeline: LoadedPipeline = { ...Pipeline.parse(settings), id: pipelineId, folder };
    const ownStates = ownStatesIn(database);
    const open = await openPipeline(pipeline, { runId, ownStates, memory, sourceEnv: budget.environment });
    const run = await startPipelineRun(open, {
      runId,
      signal: stop.signal,
      killSignal: force.signal,
      onPlanned: (streams) => void tellPlan(open, streams),
      onRejected: keepRejected(open),
      ...(recording === undefined ? {} : { onRecorded: (lines, attempt) => recording.add(lines, attempt) }),
      live: isLive,
      ...(inputs === undefined ? {} : { inputs }),
      select: options.select,
      fullRefresh: options.full_refresh,
      limit: options.limit,
      since: options.since === undefined ? undefined : new Date(options.since),
      until: options.until === undefined ? undefined : new Date(options.until),
    });
    for await (const event of run) await tell(event);
    const summary = await run.done;
    await recording?.flush();
    await print("summary", summary);
    return summary.exit_code;
  } catch (error) {
    const known = error instanceof SluiceError ? error : new SluiceError("system", String(error), { cause: error });
    await print("failure", { failure_type: known.code, message: known.message });
    return known.exitCode;
  } finally {
    await output.flush().catch(() => {});
  }
}

/** Yields what has the worker keep the first rejected records, before what stands around them is committed. */
function keepRejected({ source, destination }: Pick<OpenPipeline, "source" | "destination">) {
  const masked = (text: string) => source.mask(destination.mask(text));
  let count = 0;
  return async ({ stream, reason }: Payload<"rejected">, line: Buffer): Promise<void> => {
    count += 1;
    if (count > MAX_DEAD_LETTERS) return;
    const text = line.length > MAX_DEAD_LETTER_BYTES ? null : masked(line.toString());
    await memory.untilAnswered((number) => print("rejected", { number, stream, reason: masked(reason), line: text }));
  };
}

function recordingOf(held: HeldRun, store: Database): RunRecording {
  const warn = (message: string) => print("log", { level: "warn", side: "runner", message });
  return new RunRecording(new Recordings(store), { held, warn });
}

async function tellPlan({ source, destination }: OpenPipeline, streams: readonly PlannedStream[]): Promise<void> {
  const [reader, writer] = [await source.spec(), await destination.spec()].map(
    ({ connector: { name, version } }) => `${name} ${version}`,
  );
  await print("planned", { source: reader ?? "", destination: writer ?? "", streams } satisfies PlanNotice);
}

async function tell(event: RunEvent): Promise<void> {
  switch (event.type) {
    case "progress":
      return print("progress", event.progress);
    case "log":
      return print("log", { level: event.log.level, side: event.side, message: event.log.message });
    case "retry": {
      const { attempt, delayMs, incident } = event;
      return print("retry", { attempt, delay_ms: delayMs, message: incident.message } satisfies RetryNotice);
    }
    case "stream_status": {
      const { status } = event.stream_status;
      return status === "failed" || status === "skipped" ? print("missed", event.stream_status) : undefined;
    }
    case "committed":
      // told by progress
      return undefined;
  }
}

/** A worker that has gone is told nothing; the run stops in order by the end of stdin. */
async function print(type: string, payload: unknown): Promise<void> {
  await output.write(`${JSON.stringify({ type, [type]: payload })}\n`).catch(() => {});
}
