import { InvalidArgumentError, type Command } from "commander";
import { ExitCode, SluiceError } from "../failure.ts";
import { addCheckpointVerbs } from "./checkpoint-command.ts";
import { configuredCatalog, readCatalogFile, type ConfiguredCatalog } from "./configured-catalog.ts";
import {
  configOf,
  connectorCommand,
  reportFailure,
  runCommand,
  stdout,
  text,
  usage,
  verb,
  withConfig,
  type Options,
} from "./connector-command.ts";
import type { Destination, Receiver, Replies, WriteContext } from "./destination.ts";
import { errorPayload } from "./error-payload.ts";
import type { Line } from "./line.ts";
import { readLines } from "./lines.ts";
import { logMessagesTo } from "./log-messages.ts";
import { plainReceiver } from "./plain-receiver.ts";
import { stopOnSignals } from "./signals.ts";
import { log } from "./stderr.ts";
import { openStdin } from "./stdin.ts";
import { WriteSession, echo } from "./write-session.ts";

/** Runs a destination as the executable that it is: argv, configuration, signals, messages and exit code. */
export async function runDestination<Config>(destination: Destination<Config>): Promise<void> {
  const command = connectorCommand(destination, "destination");
  addSetup(command, destination);
  addTeardown(command, destination);
  addWrite(command, destination);
  addCheckpointVerbs(command, destination);
  await runCommand(command);
}

function addSetup<Config>(command: Command, destination: Destination<Config>): void {
  if (destination.setup === undefined) return;
  withConfig(verb(command, "setup", "make what the streams of a catalog need"), destination)
    .requiredOption("--catalog <file>", 'streams to make room for, as "discover" printed them')
    .option("--dry-run", "print the statements and change nothing")
    .action(async (options: Options) => {
      const config = await configOf(destination, options);
      const { streams } = await readCatalogFile(text(options["catalog"]) ?? "");
      const configured = (changed: Config) =>
        stdout.send({ type: "control", control: { config: { ...changed } as Record<string, unknown> } });
      const statements = await destination.setup?.(config, {
        streams,
        dryRun: options["dryRun"] === true,
        configured,
      });
      for (const statement of statements ?? []) await stdout.write(statement + ";\n");
    });
}

function addTeardown<Config>(command: Command, destination: Destination<Config>): void {
  if (destination.teardown === undefined) return;
  withConfig(verb(command, "teardown", "remove what setup and write made for the streams of a catalog"), destination)
    .requiredOption("--catalog <file>", "streams whose tables are to go, with all their rows")
    .option("--pipeline <id>", "forget the states of this pipeline as well [env: SLUICE_PIPELINE]")
    .option("--dry-run", "print the statements and change nothing")
    .action(async (options: Options) => {
      const config = await configOf(destination, options);
      const { streams } = await readCatalogFile(text(options["catalog"]) ?? "");
      const pipelineId = text(options["pipeline"]) ?? (process.env["SLUICE_PIPELINE"] || undefined);
      const statements = await destination.teardown?.(config, {
        streams,
        pipelineId,
        dryRun: options["dryRun"] === true,
      });
      for (const statement of statements ?? []) await stdout.write(statement + ";\n");
    });
}

function addWrite<Config>(command: Command, destination: Destination<Config>): void {
  const write = withConfig(
    verb(command, "write", "store the records that come on stdin, and echo each state once it is durable"),
    destination,
  )
    .option("--catalog <file>", "use this catalog instead of the input's first line")
    .option("--max-line-bytes <n>", "refuse longer lines (default 64 MiB)", positiveInteger)
    .option("--strict", "fail on a line that is no message, such as a stray print");
  if (destination.checkpoints !== undefined) {
    write
      .option("--pipeline <id>", "keep checkpoints under this id [env: SLUICE_PIPELINE]")
      .option("--run-id <id>", "hold the pipeline for this run; another run is refused meanwhile [env: SLUICE_RUN_ID]")
      .option("--force", "take the pipeline over although another run holds it");
  }
  write.action((options: Options) => runWrite(destination, options));
}

async function runWrite<Config>(destination: Destination<Config>, options: Options): Promise<void> {
  if (options["config"] === "-")
    throw usage('--config: "write" reads its records from stdin; give a file or @env:NAME.');
  const config = await configOf(destination, options);
  using stop = stopOnSignals();
  const maxLineBytes = options["maxLineBytes"] as number | undefined;
  const background = new AbortController();
  const ended = AbortSignal.any([stop.signal, background.signal]);
  // an input that nobody reads would keep this process, and block the one that writes it, for ever
  using stdin = openStdin(ended);
  const input = readLines(stdin, maxLineBytes);

  using _ = logMessagesTo(stdout);
  let receiver: Receiver | undefined;
  try {
    const file = text(options["catalog"]);
    const opening = { config, failed: (error: unknown) => background.abort(error) };
    // who names the streams in a file may wait for "ready" before the input begins
    const known = file === undefined ? undefined : writeContext(destination, options, await readCatalogFile(file));
    if (known !== undefined) receiver = await openReceiver(destination, { ...opening, context: known });
    const first = await firstLines(input);
    const context = known ?? writeContext(destination, options, first.catalog ?? missingCatalog(first));
    if (receiver === undefined) {
      const resumedFrom = first.resumedFrom ?? [];
      receiver = await openReceiver(destination, { ...opening, context: { ...context, resumedFrom } });
    } else {
      receiver.resumed?.(first.resumedFrom ?? []);
    }
    const session = new WriteSession({
      output: stdout,
      receiver,
      streams: context.streams,
      strict: options["strict"] === true,
    });
    for (const line of first.rest) await session.take(line);
    for (let next = await input.next(); next.done !== true; next = await input.next()) {
      for (const line of next.value) {
        const taken = session.take(line);
        if (taken !== undefined) await taken;
      }
    }
    await receiver.end();
    process.exitCode = session.conclude();
  } catch (caught) {
    // the input was only interrupted: the cause lies with the work in the background, or with whoever sent the signal
    const error: unknown = isAbort(caught) && background.signal.aborted ? background.signal.reason : caught;
    if (!isAbort(error) || !stop.signal.aborted) return fail(receiver, error);
    try {
      await receiver?.end();
      process.exitCode = stop.exitCode() ?? ExitCode.sigterm;
    } catch (failure) {
      await fail(receiver, failure);
    }
  }
}

async function fail(receiver: Receiver | undefined, error: unknown): Promise<void> {
  // the failure itself matters more than one while cleaning up behind it
  await receiver?.abort().catch((cleanup: unknown) => log("debug", String(cleanup)));
  process.exitCode = reportFailure(error);
  if (error instanceof SluiceError) await stdout.send({ type: "error", error: errorPayload(error) });
}

/** The first line of the input, which tells the streams, and what came with it. */
type First = { catalog: ConfiguredCatalog | undefined; resumedFrom: WriteContext["resumedFrom"]; rest: Line[] };

async function firstLines(input: AsyncIterator<Line[]>): Promise<First> {
  const next = await input.next();
  const lines = next.done === true ? [] : next.value;
  const [first, ...rest] = lines;
  if (first?.kind === "message" && first.message.type === "catalog") {
    const { catalog } = first.message;
    return { catalog: configuredCatalog(catalog), resumedFrom: catalog.resumed_from, rest };
  }
  return { catalog: undefined, resumedFrom: undefined, rest: lines };
}

function missingCatalog({ rest }: First): never {
  const what = rest.length === 0 ? "The input is empty" : "The input does not begin with a catalog";
  throw new SluiceError("protocol", `${what}; the source before this one failed, or --catalog must tell the streams.`);
}

function writeContext<Config>(
  destination: Destination<Config>,
  options: Options,
  catalog: ConfiguredCatalog,
): WriteContext {
  const pipelineId = text(options["pipeline"]) ?? (process.env["SLUICE_PIPELINE"] || catalog.pipelineId);
  if (destination.checkpoints !== undefined && pipelineId === undefined) {
    log(
      "warn",
      "No checkpoint is stored without --pipeline ID; to resume, keep what this command prints and give it to the source's --state.",
    );
  }
  return {
    streams: catalog.streams,
    pipelineId,
    resumedFrom: undefined,
    runId: text(options["runId"]) ?? (process.env["SLUICE_RUN_ID"] || undefined),
    force: options["force"] === true,
  };
}

type OpenOptions<Config> = { config: Config; context: WriteContext; failed: Replies["failed"] };

async function openReceiver<Config>(destination: Destination<Config>, options: OpenOptions<Config>): Promise<Receiver> {
  const { config, context, failed } = options;
  const replies: Replies = {
    committed: (point, counts, epoch) => stdout.write(echo(point, counts, epoch) + "\n"),
    rejected: (rejected) => stdout.send({ type: "rejected", rejected }),
    failed,
  };
  if ("open" in destination) {
    return plainReceiver(await destination.open(config, context), { replies, streams: context.streams });
  }
  const receiver = await destination.receive(config, { ...context, replies });
  if (receiver.ready !== undefined) await stdout.write(receiver.ready + "\n");
  return receiver;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

function positiveInteger(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number <= 0)
    throw new InvalidArgumentError("It must be a positive whole number.");
  return number;
}
