import {
  Output,
  configureLog,
  logToStderr,
  readJsonArgument,
  redirectConsole,
  stopOnSignals,
} from "@sluice/protocol/stdio";
import { ExitCode, SluiceError } from "@sluice/protocol";
import { Command, CommanderError } from "commander";
import { connect, followRun } from "../client/index.ts";
import { importPipelines } from "./import-pipelines.ts";
import { operationsOf, type Field, type Operation } from "./operations.ts";
import { ask } from "./request.ts";

type Options = Record<string, string | undefined>;
const SERVER = "http://127.0.0.1:8090";

/** Runs `sluice runs …` and the like against a server; sets the exit code. */
export async function runResource(resource: string): Promise<void> {
  configureLog({ program: "sluice" });
  redirectConsole();
  try {
    await resourceCommand(resource).parseAsync();
  } catch (error) {
    process.exitCode = exitCodeFor(error);
  }
}

/** Yields the command of a resource: a verb for each of its operations in the OpenAPI document, and what goes beyond one. */
export function resourceCommand(resource: string): Command {
  const program = new Command(`sluice ${resource}`)
    .description(`Work with the ${resource} of a server.`)
    .helpOption("--help", "print this help")
    .exitOverride()
    .showSuggestionAfterError(true)
    .addHelpText(
      "after",
      "\nAnswers are printed as JSON, of a list one item a line.\nEnvironment: SLUICE_TOKEN opens the server; SLUICE_SERVER is where it is, as --server.",
    );
  for (const operation of operationsOf(resource)) addOperation(program, operation);
  if (resource === "runs") addFollow(program);
  if (resource === "pipelines") addImport(program);
  return program;
}

function addOperation(program: Command, operation: Operation): void {
  const command = verb(program, operation.verb, operation.summary);
  const places = operation.fields.filter(({ place }) => place === "path");
  for (const { name, description } of places) command.argument(`<${name}>`, description);
  // lists are printed to their end
  const fields = operation.fields.filter(({ name, place }) => place !== "path" && name !== "cursor");
  for (const field of fields) {
    const flags = `--${flagOf(field.name)} <${field.isText ? "value" : "json"}>`;
    const description = field.isText ? field.description : `${field.description} A JSON file, - for stdin, or JSON.`;
    if (field.isRequired) command.requiredOption(flags, description.trim());
    else command.option(flags, description.trim());
  }
  command.action(async (...words: unknown[]) => {
    const options = words.at(-2) as Options;
    const values = await valuesOf(fields, options);
    for (const [index, { name }] of places.entries()) values.set(name, String(words[index]));
    const output = new Output(process.stdout);
    for await (const item of ask(operation, { values, ...serverOf(options) })) await output.write(printed(item));
    await output.flush();
  });
}

function printed(item: unknown): string | Buffer {
  if (Buffer.isBuffer(item)) return item;
  return `${typeof item === "string" ? item : JSON.stringify(item)}\n`;
}

function addFollow(program: Command): void {
  verb(program, "follow", "Print a run's log as it comes, until it has ended")
    .argument("<id>")
    .action(async (id: string, options: Options) => {
      using stop = stopOnSignals();
      const output = new Output(process.stdout);
      for await (const event of followRun(connect(serverOf(options)), id, { signal: stop.signal })) {
        if (event.type === "log") await output.write(`${JSON.stringify(event.line)}\n`);
        // whoever waits for it in a script wants to know how it went
        if (event.type === "end") process.exitCode = event.status === "succeeded" ? ExitCode.ok : ExitCode.partial;
      }
      await output.flush();
      process.exitCode = stop.exitCode() ?? process.exitCode;
    });
}

function addImport(program: Command): void {
  verb(program, "import", "Make the pipelines of a sluice.yaml, with their connections, on the server")
    .argument("[ids...]", "only these")
    .option("--file <path>", "the sluice.yaml; else that of this folder or the nearest above it")
    .action(async (ids: string[], options: Options) => {
      const output = new Output(process.stdout);
      for (const pipeline of await importPipelines(connect(serverOf(options)), { ids, file: options["file"] }))
        await output.write(`${JSON.stringify(pipeline)}\n`);
      await output.flush();
    });
}

function verb(program: Command, name: string, summary: string): Command {
  return program
    .command(name)
    .description(summary)
    .helpOption("--help", "print this help")
    .exitOverride()
    .option("--server <url>", "where the server is", process.env["SLUICE_SERVER"] || SERVER);
}

function serverOf({ server = SERVER }: Options): { server: string; token: string } {
  const token = process.env["SLUICE_TOKEN"] ?? "";
  if (token !== "") return { server, token };
  throw new SluiceError("auth", "SLUICE_TOKEN is not set; it must be a token of the server, such as sluice_….");
}

/** What is no text is JSON, from a file or stdin, since a configuration holds secrets and a command line is seen by all. */
async function valuesOf(fields: readonly Field[], options: Options): Promise<Map<string, unknown>> {
  const values = new Map<string, unknown>();
  for (const { name, isText } of fields) {
    const value = options[optionOf(name)];
    if (value === undefined) continue;
    values.set(name, isText ? value : await jsonOf(`--${flagOf(name)}`, value));
  }
  return values;
}

function jsonOf(flag: string, value: string): unknown {
  // what cannot be a file is as it stands: true, 5, ["a"]
  return /^(true|false|null|-?\d+|\[.*\]|".*")$/s.test(value) ? JSON.parse(value) : readJsonArgument({ flag, value });
}

function flagOf(name: string): string {
  return name.replaceAll("_", "-");
}

function optionOf(name: string): string {
  return flagOf(name).replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function exitCodeFor(error: unknown): ExitCode {
  // commander has printed what was wrong
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  if (error instanceof SluiceError) {
    logToStderr("error", error.message + (error.detail === undefined ? "" : ` (${error.detail})`));
    return error.exitCode;
  }
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  logToStderr("error", `Unexpected failure, please report it: ${told}`);
  return ExitCode.unexpected;
}
