import type { Command } from "commander";
import type { ConfiguredStream } from "../catalog.ts";
import { SluiceError } from "../failure.ts";
import {
  configuredCatalog,
  narrowToFields,
  readCatalogFile,
  selectStreams,
  type ConfiguredCatalog,
} from "./configured-catalog.ts";
import {
  configOf,
  connectorCommand,
  print,
  reportFailure,
  runCommand,
  stdout,
  text,
  verb,
  withConfig,
  withPretty,
  type Options,
} from "./connector-command.ts";
import { readInbox } from "./inbox.ts";
import { logMessagesTo } from "./log-messages.ts";
import { PeerGone } from "./output.ts";
import { ReadSession } from "./read-session.ts";
import { stopOnSignals } from "./signals.ts";
import type { ReadStream, Source } from "./source.ts";
import { log } from "./stderr.ts";
import { readStates, type States } from "./state-file.ts";

/** Runs a source as the executable that it is: argv, configuration, signals, messages and exit code. */
export async function runSource<Config>(source: Source<Config>): Promise<void> {
  const command = connectorCommand(source, "source");
  addDiscover(command, source);
  addRead(command, source);
  addSetup(command, source);
  addTeardown(command, source);
  await runCommand(command);
}

function addDiscover<Config>(command: Command, source: Source<Config>): void {
  withConfig(withPretty(verb(command, "discover", "print the streams that can be read")), source).action(
    async (options: Options) => {
      const streams = await source.discover(await configOf(source, options));
      await print(options, { type: "catalog", catalog: { streams } });
    },
  );
}

function addRead<Config>(command: Command, source: Source<Config>): void {
  const read = withConfig(
    verb(command, "read", "print the records of all streams, or of some, with the states to resume from"),
    source,
  )
    .option("--catalog <file>", 'streams to read, as "discover" printed them or configured; all by default')
    .option("--state <file>", "continue from the newest states in this file, such as the output of a destination")
    .option("--streams <names>", "read only these streams, separated by commas");
  if (source.capabilities?.live === true) read.option("--live", "go on with what changes, until it is stopped");
  read.action((options: Options) => runRead(source, options));
}

function addSetup<Config>(command: Command, source: Source<Config>): void {
  if (source.setup === undefined) return;
  withConfig(verb(command, "setup", "make what a live read needs on the other side"), source)
    .option("--dry-run", "say what would be made, and change nothing")
    .action(async (options: Options) => {
      const config = await configOf(source, options);
      const configured = (changed: Config) =>
        stdout.send({ type: "control", control: { config: { ...changed } as Record<string, unknown> } });
      const done = await source.setup?.(config, { dryRun: options["dryRun"] === true, configured });
      for (const sentence of done ?? []) log("info", sentence);
    });
}

function addTeardown<Config>(command: Command, source: Source<Config>): void {
  if (source.teardown === undefined) return;
  withConfig(verb(command, "teardown", "remove what setup made, and nothing else"), source)
    .option("--dry-run", "say what would be removed, and change nothing")
    .action(async (options: Options) => {
      const config = await configOf(source, options);
      const done = await source.teardown?.(config, { dryRun: options["dryRun"] === true });
      for (const sentence of done ?? []) log("info", sentence);
    });
}

async function runRead<Config>(source: Source<Config>, options: Options): Promise<void> {
  const config = await configOf(source, options);
  const stateFile = text(options["state"]);
  const states: States = stateFile === undefined ? new Map() : await readStates({ flag: "--state", value: stateFile });
  const catalog = await catalogOf(source, config, options);
  const named = text(options["streams"])
    ?.split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const selected = named === undefined ? catalog.streams : selectStreams(catalog.streams, named);
  const streams = selected.map(narrowToFields);
  if (streams.length === 0) throw new SluiceError("config", "There is no stream to read; name one with --streams.");
  refuseUnsupported(source, streams);

  using stop = stopOnSignals();
  using _ = logMessagesTo(stdout);
  const isLive = options["live"] === true;
  const readStreams = streams.map((stream) => withState(stream, states));
  await printCatalog(readStreams, catalog.pipelineId, states);
  const session = new ReadSession(stdout, readStreams);
  try {
    const context = {
      streams: readStreams,
      globalState: states.get(null)?.state.data,
      signal: stop.signal,
      live: isLive,
      inbox: readInbox(process.stdin),
      hearsCommits: isLive && process.env["SLUICE_RUN_ID"] !== undefined,
    };
    for await (const output of source.read(config, context)) {
      await session.emit(output);
      if (session.isOver) break;
    }
    await session.close(stop.signal.aborted ? "incomplete" : "complete");
    process.exitCode = stop.exitCode() ?? session.exitCode(named ?? []);
  } catch (error) {
    if (error instanceof PeerGone) throw error;
    process.exitCode = reportFailure(error);
    if (error instanceof SluiceError) await session.failAll(error);
  } finally {
    // a runner that still holds it, or a terminal, would keep this process for ever
    if (isLive) process.stdin.destroy();
  }
}

async function catalogOf<Config>(source: Source<Config>, config: Config, options: Options): Promise<ConfiguredCatalog> {
  const file = text(options["catalog"]);
  if (file !== undefined) return readCatalogFile(file);
  return configuredCatalog({ streams: await (source.streams?.(config) ?? source.discover(config)) });
}

/** A request that a source would pass over in silence is refused instead. */
function refuseUnsupported<Config>(source: Source<Config>, streams: readonly ConfiguredStream[]): void {
  if (source.capabilities?.time_range === true) return;
  const refused = streams.find(({ time_range: range }) => range !== undefined);
  if (refused === undefined) return;
  throw new SluiceError(
    "config",
    `--catalog asks for "time_range" of the stream "${refused.stream.name}", which ${source.name} does not support; leave it out.`,
  );
}

function withState(configured: ConfiguredStream, states: States): ReadStream {
  const state = states.get(configured.stream.name)?.state;
  const generation = configured.generation_id ?? state?.generation_id ?? startedAt;
  return { ...configured, generation_id: generation, state: state?.data };
}

/** The generation of a first read without a runner. */
const startedAt = new Date().toISOString();

async function printCatalog(streams: ReadStream[], pipelineId: string | undefined, states: States): Promise<void> {
  const names = new Set(streams.map(({ stream }) => stream.name));
  const resumed = [...states.values()]
    .map(({ state }) => state)
    .filter(({ stream }) => stream === undefined || names.has(stream));
  await stdout.send({
    type: "catalog",
    catalog: {
      streams: streams.map(({ state: _, ...configured }) => configured),
      ...(pipelineId === undefined ? {} : { pipeline_id: pipelineId }),
      resumed_from: resumed.map(({ scope, stream, epoch, seq }) => ({
        scope,
        ...(stream === undefined ? {} : { stream }),
        ...(epoch === undefined ? {} : { epoch }),
        seq,
      })),
    },
  });
}
