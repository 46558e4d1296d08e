import { ExitCode, SluiceError } from "@sluice/protocol";
import { Output, PeerGone, configureLog, redirectConsole } from "@sluice/protocol/stdio";
import { Connectors } from "../connectors.ts";
import type { EngineSide, EngineTask } from "./engine-task.ts";
import { readFirstLine } from "./first-line.ts";
import { relaySide } from "./relay-side.ts";
import { sync } from "./sync.ts";

// Carries out one request to the engine in a process of its own: the task is the first line of stdin, what is behind it
// is what a destination is to write. What happens goes out as messages, one a line; the last is a summary, without which
// the answer was cut. When the server is gone, or wants an end, all that was started ends in order.
configureLog({ program: "sluice" });
redirectConsole();
const ending = new AbortController();
process.on("SIGTERM", () => ending.abort("SIGTERM"));
process.on("disconnect", () => ending.abort("SIGTERM"));
const output = new Output(process.stdout);
const connectors = new Connectors();

process.exitCode = await answer();
process.stdin.destroy();
process.disconnect?.();

async function answer(): Promise<ExitCode> {
  let exitCode: ExitCode;
  try {
    const line = await readFirstLine(process.stdin, Infinity);
    if (line === undefined) throw new SluiceError("system", "The server went before it said what to do.");
    const task = JSON.parse(line) as EngineTask;
    const limit = "time_limit_ms" in task.request ? task.request.time_limit_ms : undefined;
    const timer = limit === undefined ? undefined : setTimeout(() => ending.abort("timeout"), limit);
    exitCode = await carryOut(task).finally(() => clearTimeout(timer));
    // it has a summary of its own
    if (task.verb === "sync") return exitCode;
    if (ending.signal.reason === "timeout") exitCode = ExitCode.timeout;
  } catch (error) {
    // nobody reads any more
    if (error instanceof PeerGone) return ExitCode.transient;
    const failure = error instanceof SluiceError ? error : new SluiceError("system", String(error), { cause: error });
    exitCode = failure.exitCode;
    await output.send({ type: "error", error: { failure_type: failure.code, message: failure.message } });
  }
  await output.send({ type: "summary", summary: { exit_code: exitCode, streams: {} } });
  await output.flush();
  return exitCode;
}

async function carryOut(task: EngineTask): Promise<ExitCode> {
  const { signal } = ending;
  switch (task.verb) {
    case "check":
    case "discover":
      return relaySide(await opened(task.request), { verb: [task.verb] }, { output, signal });
    case "setup":
    case "teardown": {
      const { streams, dry_run: isDry } = task.request;
      const pipelineId = "pipeline_id" in task.request ? task.request.pipeline_id : undefined;
      const flags = [...(isDry ? ["--dry-run"] : []), ...(pipelineId === undefined ? [] : ["--pipeline", pipelineId])];
      const invocation = { verb: [task.verb], flags, files: { "--catalog": JSON.stringify({ streams }) } };
      return relaySide(await opened(task.request), invocation, { output, signal });
    }
    case "read": {
      const { states } = task.request;
      const files = {
        ...catalogFile(task.request.streams),
        ...(states.length === 0 ? {} : { "--state": states.map((line) => `${line}\n`).join("") }),
      };
      return relaySide(await opened(task.request), { verb: ["read"], files }, { output, signal });
    }
    case "write": {
      const invocation = { verb: ["write"], files: catalogFile(task.request.streams) };
      return relaySide(await opened(task.request), invocation, { output, signal, input: process.stdin });
    }
    case "sync": {
      const [source, destination] = await Promise.all([opened(task.request.source), opened(task.request.destination)]);
      return sync(task.request, { source, destination, output, signal });
    }
  }
}

function opened({ connector, config }: EngineSide) {
  return connectors.open({ connector, config, secrets: {} });
}

function catalogFile(streams: unknown[] | undefined): Record<string, string> {
  return streams === undefined ? {} : { "--catalog": JSON.stringify({ streams }) };
}
