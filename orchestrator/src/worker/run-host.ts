import { once } from "node:events";
import { SluiceError } from "@sluice/protocol";
import { LineSplitter, Output, configureLog, redirectConsole } from "@sluice/protocol/stdio";
import { Pipeline, openPipeline, startPipelineRun, type LoadedPipeline, type RunEvent } from "@sluice/runner";
import type { RunAssignment } from "./assignment.ts";

// Carries out one run in a process of its own: what to do comes as one line on stdin, what happens goes out as lines on
// stdout, the summary last. The end of stdin is the end of the worker: the run then stops in order.
configureLog({ program: "sluice" });
redirectConsole();
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort("SIGTERM"));
const output = new Output(process.stdout);

const assignment = await readAssignment();
process.exitCode = await carryOut(assignment);
// the worker keeps it open as long as it lives
process.stdin.destroy();

async function readAssignment(): Promise<RunAssignment> {
  const splitter = new LineSplitter(Infinity);
  const line = Promise.withResolvers<RunAssignment>();
  process.stdin.on("data", (chunk: Buffer) => {
    for (const { bytes } of splitter.push(chunk)) line.resolve(JSON.parse(bytes.toString()) as RunAssignment);
  });
  void once(process.stdin, "end").then(() => {
    line.reject(new Error("The worker ended before it said what to do."));
    stop.abort("SIGTERM");
  });
  return line.promise;
}

async function carryOut({ runId, pipelineId, folder, settings, options }: RunAssignment): Promise<number> {
  try {
    const pipeline: LoadedPipeline = { ...Pipeline.parse(settings), id: pipelineId, folder };
    const open = await openPipeline(pipeline, { runId });
    const run = await startPipelineRun(open, {
      runId,
      signal: stop.signal,
      select: options.select,
      fullRefresh: options.full_refresh,
      limit: options.limit,
      since: options.since === undefined ? undefined : new Date(options.since),
      until: options.until === undefined ? undefined : new Date(options.until),
    });
    for await (const event of run) await tell(event);
    const summary = await run.done;
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

async function tell(event: RunEvent): Promise<void> {
  switch (event.type) {
    case "progress":
      return print("progress", event.progress);
    case "log":
      return print("log", { level: event.log.level, side: event.side, message: event.log.message });
    case "retry": {
      const message = `Attempt ${event.attempt} begins in ${Math.round(event.delayMs)} ms, because: ${event.incident.message}`;
      return print("log", { level: "warn", side: "runner", message });
    }
    case "stream_status":
    case "committed":
      // told by progress
      return undefined;
  }
}

/** A worker that has gone is told nothing; the run stops in order by the end of stdin. */
async function print(type: string, payload: unknown): Promise<void> {
  await output.write(`${JSON.stringify({ type, [type]: payload })}\n`).catch(() => {});
}
