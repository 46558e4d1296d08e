import { randomUUID } from "node:crypto";
import { Output, configuredCatalog, readLines, type ConfiguredCatalog } from "@sluice/protocol/stdio";
import { ExitCode, SluiceError } from "@sluice/protocol";
import type { Command } from "commander";
import { findExecutable } from "../executables/search.ts";
import { openPipeline } from "../pipeline/open-pipeline.ts";
import { readRecording } from "../recording/recording.ts";
import { jsonReporter } from "../report/json-reporter.ts";
import { plainReporter } from "../report/plain-reporter.ts";
import { createRun } from "../run/run.ts";
import { bytesSource } from "../side/bytes-source.ts";
import { ConnectorProcess } from "../side/connector-process.ts";
import type { Side } from "../side/side.ts";
import { nowhereStore } from "../state/state-store.ts";
import { pipelineOf, pipelineVerb, type PipelineOptions } from "./pipeline-options.ts";
import { stopOnSignals } from "./stop-signals.ts";

type ReplayOptions = PipelineOptions & { to?: string };

/** Adds `sluice replay`. */
export function addReplay(program: Command): void {
  pipelineVerb(
    program,
    "replay <recording> [pipeline]",
    "feed what --record kept to a pipeline's destination; no state is read or kept",
  )
    .option(
      "--to <connector>",
      "a destination by name, configured by its environment variables, instead of a pipeline's",
    )
    .option("--json", "print messages: progress, logs, statuses, and the summary last")
    .action((recording: string, id: string | undefined, options: ReplayOptions) => replay(recording, id, options));
}

async function replay(recording: string, id: string | undefined, options: ReplayOptions): Promise<void> {
  const destination = await destinationOf(id, options);
  const { streams } = await catalogOf(recording);
  const reporter =
    options.json === true
      ? jsonReporter(new Output(process.stdout))
      : plainReporter({
          write: (text) => process.stdout.write(text),
          isShown: (level) => level === "warn" || level === "error",
        });
  using stop = stopOnSignals();
  reporter.start(`${recording} → ${destination.name}`);
  const run = createRun({
    pipelineId: `replay_${randomUUID()}`,
    source: bytesSource({ name: "recording", open: () => readRecording(recording) }),
    destination,
    states: { store: nowhereStore(), isDestination: false },
    plan: async () => ({ streams, startOver: new Set() }),
    // the same bytes would fail the same way
    retries: 0,
    signal: stop.signal,
    killSignal: stop.killSignal,
  });
  for await (const event of run) await reporter.event(event);
  const ended = await run.done;
  const next = "Correct what is said above, then replay it again.";
  const summary = ended.exit_code === ExitCode.ok ? ended : { ...ended, next };
  await reporter.end(summary);
  process.exitCode = summary.exit_code;
}

async function destinationOf(id: string | undefined, options: ReplayOptions): Promise<Side> {
  if (options.to === undefined) return (await openPipeline(pipelineOf(id, options))).destination;
  const name = options.to.startsWith("destination-") ? options.to : `destination-${options.to}`;
  const found = await findExecutable(name);
  if (found === undefined)
    throw new SluiceError(
      "config",
      `${name} was not found in node_modules/.bin or on PATH; "sluice connectors" lists what is there.`,
    );
  return new ConnectorProcess({ command: [found.path], name, kind: "destination", config: {} });
}

/** The catalog is what a recording begins with. */
async function catalogOf(recording: string): Promise<ConfiguredCatalog> {
  const bytes = readRecording(recording);
  try {
    for await (const lines of readLines(bytes)) {
      for (const line of lines) {
        if (line.kind === "message" && line.message.type === "catalog") return configuredCatalog(line.message.catalog);
      }
    }
  } catch (error) {
    // what is not even lines of messages is told below
    if (!(error instanceof SluiceError) || error.code !== "protocol") throw error;
  } finally {
    bytes.destroy();
  }
  throw new SluiceError(
    "config",
    `${recording} has no catalog, so it is no recording of a source; make one with "sluice run --record".`,
  );
}
