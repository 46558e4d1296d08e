import type { ConfiguredStream, ExitCode } from "@sluice/protocol";
import type { Output, StateLine } from "@sluice/protocol/stdio";
import {
  configureStreams,
  createRun,
  discover,
  type ConnectorProcess,
  type RunEvent,
  type StateStore,
} from "@sluice/runner";
import { givenState } from "../pipelines/given-state.ts";
import type { EngineTask } from "./engine-task.ts";

type SyncRequest = Extract<EngineTask, { verb: "sync" }>["request"];
type SyncOptions = { source: ConnectorProcess; destination: ConnectorProcess; output: Output; signal: AbortSignal };

/**
 * Moves records from one side to the other, from the states that were given; prints each state once what is before it
 * is durable, progress and logs as they come, and the summary. Resolves to the exit code.
 */
export async function sync(
  { pipeline_id: pipelineId, settings, options, states }: SyncRequest,
  { source, destination, output, signal }: SyncOptions,
): Promise<ExitCode> {
  const given = states.map(givenState);
  const startedAt = new Date().toISOString();
  const run = createRun({
    pipelineId,
    source,
    destination,
    states: { store: givenStates(given, output), isDestination: false },
    async plan(stored) {
      const range = { since: timeOf(options.since), until: timeOf(options.until) };
      const overrides = { select: options.select, limit: options.limit, ...range };
      const configured = configureStreams(await discover(source, { signal }), settings.streams, overrides);
      return { streams: configured.map((each) => goingOn(each, { stored, startedAt })), startOver: new Set() };
    },
    ...(settings.retries === undefined ? {} : { retries: settings.retries }),
    limits: {
      ...(settings.grace_ms === undefined ? {} : { graceMs: settings.grace_ms }),
      idleTimeoutMs: settings.idle_timeout_ms,
      progressTimeoutMs: settings.progress_timeout_ms,
      maxLineBytes: settings.max_line_bytes,
      strict: settings.strict ?? false,
    },
    signal,
    onControl: async (side, config) => {
      // whoever keeps the configuration has to hear of it before what was done with it
      await output.write(`${JSON.stringify({ type: "control", control: { config, side } })}\n`);
      (side === "source" ? source : destination).configure(config);
    },
    onRejected: async (_, line) => output.write(`${line.toString()}\n`),
  });
  for await (const event of run) await tell(event, output);
  const summary = await run.done;
  await output.write(`${JSON.stringify({ type: "summary", summary })}\n`);
  return summary.exit_code;
}

/** A state that is given is gone on from; a stream without one begins anew. */
function goingOn(
  configured: ConfiguredStream,
  { stored, startedAt }: { stored: readonly StateLine[]; startedAt: string },
): ConfiguredStream {
  const found = stored.find(({ state }) => state.stream === configured.stream.name);
  return { ...configured, generation_id: found?.state.generation_id ?? startedAt };
}

/** Yields a store that has the states that were given, and prints each new one. */
function givenStates(states: readonly StateLine[], output: Output): StateStore {
  return {
    name: "the caller",
    open: async () => ({
      states,
      put: ({ line }) => output.write(`${line.toString()}\n`),
      close: async () => {},
    }),
    get: async () => states.map(({ line }) => line.toString()),
    set: async () => {},
    history: async () => [],
  };
}

async function tell(event: RunEvent, output: Output): Promise<void> {
  switch (event.type) {
    case "progress":
      return output.send({ type: "progress", progress: event.progress });
    case "log":
      return output.send({ type: "log", log: { ...event.log, fields: { ...event.log.fields, side: event.side } } });
    case "stream_status":
      return output.send({ type: "stream_status", stream_status: event.stream_status });
    case "retry": {
      const message = `Attempt ${event.attempt} begins in ${Math.round(event.delayMs)} ms, because: ${event.incident.message}`;
      return output.send({ type: "log", log: { level: "warn", message } });
    }
    case "committed":
      // printed by the store, before anything that follows it
      return undefined;
  }
}

function timeOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
