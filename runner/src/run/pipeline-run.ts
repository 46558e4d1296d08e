import { ExitCode, SluiceError } from "@sluice/protocol";
import { configureStreams, type RunOverrides } from "../pipeline/configure-streams.ts";
import { openStore, type OpenPipeline } from "../pipeline/open-pipeline.ts";
import type { PushedInputs } from "../relay/source-inbox.ts";
import { RunRecorder } from "../recording/recording.ts";
import { LineRecorder } from "../recording/redacted-lines.ts";
import { discover } from "../side/ask-side.ts";
import { appendLines, assertAppendable, assertWritable } from "../state/durable-file.ts";
import { Generations } from "../state/generations.ts";
import { frozenStore } from "../state/state-store.ts";
import { askedOf } from "./incident.ts";
import { plannedStream, type PlannedStream } from "./planned-stream.ts";
import { createRun, type Run, type RunOptions } from "./run.ts";
import { failedSummary } from "./summary.ts";

/** What one run of a pipeline asks for besides what its file says. */
export type PipelineRunOptions = RunOverrides & {
  runId: string;
  /** Begin all streams anew, or these. */
  fullRefresh?: true | readonly string[] | undefined;
  /** As the pipeline says when left out. */
  live?: boolean | undefined;
  inputs?: PushedInputs;
  force?: boolean | undefined;
  /** Leave the states as they are. */
  keepStates?: boolean | undefined;
  idleTimeoutMs?: number | undefined;
  maxLineBytes?: number | undefined;
  strict?: boolean | undefined;
  /** Files for the source's output, compressed, and for rejected records. */
  recordingFile?: string | undefined;
  redact?: boolean | undefined;
  /** Gets the source's output, redacted, as whole lines, with the number of the attempt; instead of recordingFile. */
  onRecorded?: ((lines: Buffer, attempt: number) => Promise<void>) | undefined;
  deadLettersFile?: string | undefined;
  /** Gets what is to be moved, before anything is. */
  onPlanned?: ((streams: readonly PlannedStream[]) => void) | undefined;
  /** Gets rejected records before the commit around them; instead of deadLettersFile. */
  onRejected?: NonNullable<RunOptions["onRejected"]>;
  signal?: AbortSignal;
  killSignal?: AbortSignal;
  progressEveryMs?: number;
};

/** Starts a run of a pipeline. Throws `config`, or `system` for its files, for what can be told before anything moves. */
export async function startPipelineRun(open: OpenPipeline, options: PipelineRunOptions): Promise<Run> {
  const { pipeline, source, destination, memory } = open;
  // or it would be found with the first byte, or the first rejection
  if (options.recordingFile !== undefined) await assertWritable(options.recordingFile);
  if (options.deadLettersFile !== undefined) await assertAppendable(options.deadLettersFile);
  await Promise.all([source.spec(), destination.spec()]);
  const { store, isDestination } = await openStore(open, { signal: options.signal });
  const generations = await Generations.open(memory);
  const { deadLettersFile, keepStates = false, live = pipeline.live } = options;
  const recorder = recorderOf(options);
  const startedAt = new Date().toISOString();
  const limits = {
    graceMs: pipeline.grace_ms,
    idleTimeoutMs: options.idleTimeoutMs ?? pipeline.idle_timeout_ms,
    // a live run may have nothing to move for long
    progressTimeoutMs: live ? undefined : pipeline.progress_timeout_ms,
    maxLineBytes: options.maxLineBytes ?? pipeline.max_line_bytes,
    strict: options.strict ?? pipeline.strict,
  };
  const offered = () => askedOf("source", () => discover(source, { signal: options.signal }));
  const run = createRun({
    pipelineId: pipeline.id,
    runId: options.runId,
    source,
    destination,
    states: keepStates ? { store: frozenStore(store), isDestination: false } : { store, isDestination },
    named: namedStreams(open, options),
    force: options.force === true,
    live,
    retries: pipeline.retries,
    limits,
    ...pick(options, ["signal", "killSignal", "inputs", "progressEveryMs"]),
    async plan(stored) {
      const configured = configureStreams(await offered(), pipeline.streams, options);
      const wanted = refreshedStreams(
        options.fullRefresh,
        configured.map(({ stream }) => stream.name),
      );
      const startOver = new Set<string>();
      const hasGlobalState = stored.some(({ state: { stream } }) => stream === undefined);
      const planned: PlannedStream[] = [];
      const streams = configured.map((each) => {
        const { name } = each.stream;
        const state = stored.find(({ state: { stream } }) => stream === name);
        const assigned = generations.assign(each, {
          stored: state,
          startedAt,
          refresh: wanted.has(name),
          runId: options.runId,
        });
        if (assigned.startsOver) startOver.add(name);
        planned.push(plannedStream(each, { ...assigned, hasState: state !== undefined, hasGlobalState }));
        return assigned.configured;
      });
      if (!keepStates) await generations.begin(streams, options.runId);
      options.onPlanned?.(planned);
      return { streams, startOver };
    },
    onControl: (role, config) => open.control(role, config),
    async onStreamEnd({ stream, status, generation_id: generation }) {
      if (status === "complete" && generation !== undefined && !keepStates)
        await generations.complete(stream, generation);
    },
    ...pick(options, ["onRejected"]),
    ...(deadLettersFile === undefined
      ? {}
      : { onRejected: (_, line) => appendLines(deadLettersFile, `${line.toString()}\n`) }),
    ...(recorder === undefined ? {} : { onBytes: (bytes, attempt) => recorder.write(bytes, attempt) }),
  });
  if (recorder === undefined) return run;
  const done = run.done.then((summary) =>
    recorder.close().then(
      () => summary,
      // whoever asks for a recording counts on it
      (error: unknown) => failedSummary(summary, error),
    ),
  );
  return { runId: run.runId, done, [Symbol.asyncIterator]: () => run[Symbol.asyncIterator]() };
}

function recorderOf({ recordingFile, redact = false, onRecorded }: PipelineRunOptions) {
  if (onRecorded !== undefined) return new LineRecorder(onRecorded);
  return recordingFile === undefined ? undefined : new RunRecorder(recordingFile, { redact });
}

/** Streams that somebody asked for by name, not by a pattern. */
function namedStreams({ pipeline }: OpenPipeline, { select = [] }: RunOverrides): Set<string> {
  const names = [...(pipeline.streams ?? []).map((each) => (typeof each === "string" ? each : each.name)), ...select];
  return new Set(names.filter((name) => !name.includes("*")));
}

function refreshedStreams(asked: PipelineRunOptions["fullRefresh"], all: readonly string[]): Set<string> {
  if (asked === undefined) return new Set();
  if (asked === true) return new Set(all);
  const unknown = asked.find((name) => !all.includes(name));
  if (unknown === undefined) return new Set(asked);
  throw new SluiceError("config", `--full-refresh names "${unknown}", which this run does not move.`, {
    exitCode: ExitCode.usage,
  });
}

function pick<T extends object, Name extends keyof T>(from: T, names: readonly Name[]): Pick<T, Name> {
  return Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]])) as Pick<
    T,
    Name
  >;
}
