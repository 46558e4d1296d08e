import { randomUUID } from "node:crypto";
import { ExitCode, SluiceError, type Payload } from "@sluice/protocol";
import { Output, log } from "@sluice/protocol/stdio";
import type { Command } from "commander";
import type { LoadedPipeline } from "../pipeline/load-pipelines.ts";
import { openPipeline, type OpenPipeline } from "../pipeline/open-pipeline.ts";
import { jsonReporter } from "../report/json-reporter.ts";
import { plainReporter } from "../report/plain-reporter.ts";
import type { Reporter } from "../report/reporter.ts";
import { SummaryFile } from "../report/summary-file.ts";
import { startPipelineRun } from "../run/pipeline-run.ts";
import type { Run } from "../run/run.ts";
import { failedSummary, type Summary } from "../run/summary.ts";
import { printPlan } from "./dry-run.ts";
import {
  duration,
  moment,
  names,
  pipelineVerb,
  pipelinesOf,
  positiveInteger,
  type PipelineOptions,
} from "./pipeline-options.ts";
import { stopOnSignals } from "./stop-signals.ts";

export type RunCommandOptions = PipelineOptions & {
  select?: string[];
  fullRefresh?: true | string[];
  limit?: number;
  since?: Date;
  until?: Date;
  live?: boolean;
  dryRun?: boolean;
  force?: boolean;
  stateUpdate: boolean;
  timeout?: number;
  idleTimeout?: number;
  maxLineBytes?: number;
  strict?: boolean;
  summary?: string;
  record?: string;
  redact?: boolean;
  deadLetters?: string;
};

const LEVELS = ["debug", "info", "warn", "error"] as const;

/** Adds `sluice run`. */
export function addRun(program: Command): void {
  pipelineVerb(program, "run [pipelines...]", "move the records of these pipelines, or of all, one after the other")
    .option("--select <streams>", "only these streams, separated by commas; * stands for any part of a name", names)
    .option("--full-refresh [streams]", "begin all streams anew, or these", (text: string) => names(text))
    .option("--limit <n>", "at most so many records a stream", positiveInteger)
    .option("--since <time>", "only what is of this time or later", moment)
    .option("--until <time>", "only what is from before this time", moment)
    .option("--live", "go on with what changes, until it is stopped")
    .option("--dry-run", "say what would be done, and change nothing")
    .option("--force", "take the pipeline over although another run holds it")
    .option("--no-state-update", "leave the states as they are")
    .option("--timeout <time>", "stop in order after this time, such as 90s, 15m or 2h", duration)
    .option("--idle-timeout <time>", "give up when neither side says anything for so long", duration)
    .option("--max-line-bytes <n>", "refuse longer lines, instead of what the pipeline says", positiveInteger)
    .option("--strict", "fail on a line that is no message, instead of counting it")
    .option("--summary <file>", "write the summary there, as JSON")
    .option("--record <file>", "keep the source's output there, compressed (.ndjson.gz); for one pipeline")
    .option("--redact", "with --record: replace all values, so that the file can be handed on")
    .option("--dead-letters <file>", "append rejected records there")
    .option("--json", "print messages: progress, logs, statuses, and the summary last")
    .action((ids: string[], options: RunCommandOptions) => runPipelines(ids, options));
}

async function runPipelines(ids: readonly string[], options: RunCommandOptions): Promise<void> {
  const pipelines = pipelinesOf(ids, options);
  if (options.record !== undefined && pipelines.length > 1)
    throw new SluiceError("config", "--record keeps the output of one pipeline; name it.", {
      exitCode: ExitCode.usage,
    });
  using stop = stopOnSignals(options.timeout);
  // a place that cannot be written is told before anything is moved
  await using summaries = options.summary === undefined ? undefined : await SummaryFile.create(options.summary);
  const codes: ExitCode[] = [];
  for (const pipeline of pipelines) {
    if (stop.signal.aborted) break;
    if (options.dryRun === true) codes.push(await printPlan(pipeline, options));
    else {
      const summary = await runPipeline(pipeline, options, stop);
      codes.push(summary.exit_code);
      await summaries?.add(summary);
    }
  }
  // the first that did not end well decides
  process.exitCode = codes.find((code) => code !== ExitCode.ok) ?? ExitCode.ok;
}

type Stop = { signal: AbortSignal; killSignal: AbortSignal };

async function runPipeline(pipeline: LoadedPipeline, options: RunCommandOptions, stop: Stop): Promise<Summary> {
  const runId = `run_${randomUUID()}`;
  const reporter = await reporterFor(options);
  let summary: Summary;
  try {
    const open = await openPipeline(pipeline, {
      runId,
      logLevel: options.logLevel,
      onStderr: (role, text) => log("debug", `${role} on stderr: ${text.trimEnd()}`),
    });
    reporter.start(`${pipeline.id}: ${open.source.name} → ${open.destination.name}`);
    const run = await startRun(open, { runId, stop, options });
    for await (const event of run) await reporter.event(event);
    summary = await run.done;
  } catch (error) {
    // a pipeline that cannot even begin has a summary too, and the next one its turn
    if (!(error instanceof SluiceError)) throw error;
    summary = failedSummary({ run_id: runId, pipeline_id: pipeline.id }, error);
  }
  await reporter.end(summary);
  return summary;
}

function startRun(
  open: OpenPipeline,
  { runId, stop, options }: { runId: string; stop: Stop; options: RunCommandOptions },
): Promise<Run> {
  return startPipelineRun(open, {
    runId,
    signal: stop.signal,
    killSignal: stop.killSignal,
    select: options.select,
    fullRefresh: options.fullRefresh,
    limit: options.limit,
    since: options.since,
    until: options.until,
    live: options.live,
    force: options.force,
    keepStates: !options.stateUpdate,
    idleTimeoutMs: options.idleTimeout,
    maxLineBytes: options.maxLineBytes,
    strict: options.strict,
    recordingFile: options.record,
    redact: options.redact,
    deadLettersFile: options.deadLetters,
  });
}

async function reporterFor({ json, logLevel }: RunCommandOptions): Promise<Reporter> {
  if (json === true) return jsonReporter(new Output(process.stdout));
  const isShown = (level: Payload<"log">["level"]) =>
    LEVELS.indexOf(level) >= Math.max(LEVELS.indexOf(logLevel), shownFrom(logLevel));
  if (process.stdout.isTTY && process.env["TERM"] !== "dumb") {
    // a terminal view costs more to load than all the rest
    const { terminalReporter } = await import("../report/terminal-reporter.ts");
    return terminalReporter({ isShown });
  }
  return plainReporter({ write: (text) => process.stdout.write(text), isShown });
}

/** What connectors say in passing is shown to those only who ask for it. */
function shownFrom(logLevel: string): number {
  return logLevel === "debug" ? 0 : LEVELS.indexOf("warn");
}
