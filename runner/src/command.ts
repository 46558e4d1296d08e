import { ExitCode } from "@sluice/protocol";
import { Command, CommanderError } from "commander";
import { execa } from "execa";
import { runDemo } from "./demo/demo.ts";
import { listConnectors } from "./executables/connectors.ts";
import { findExecutable } from "./executables/search.ts";

/** Runs the `sluice` command with the given arguments, and sets the exit code. */
export async function runCommand(args: readonly string[]): Promise<void> {
  const program = new Command("sluice")
    .description("Moves records from APIs to databases, provably without loss.")
    .version("0.1.0", "--version", "print the version")
    .helpOption("--help", "print this help")
    .exitOverride()
    .addHelpText("after", '\n"sluice X" runs the program sluice-X when X is not listed here.');

  program
    .command("demo")
    .description("load an emulated Stripe account into an embedded Postgres, and show what came of it")
    .helpOption("--help", "print this help")
    .option("--keep", "leave Postgres running and print its URL")
    .option("--json", "print only one line at the end: status, streams, rows and seconds")
    .action(async (options: { keep?: boolean; json?: boolean }) => {
      process.exitCode = await runDemo({ keep: options.keep === true, json: options.json === true });
    });

  program
    .command("connectors")
    .description("list the sources and destinations that can be run from here")
    .helpOption("--help", "print this help")
    .option("--json", "print one JSON object a line")
    .action((options: { json?: boolean }) => printConnectors(options.json === true));

  const [verb] = args;
  const isOwn =
    verb === undefined ||
    verb.startsWith("-") ||
    verb === "help" ||
    program.commands.some((command) => command.name() === verb);
  if (!isOwn) {
    process.exitCode = await runExternal(verb, args.slice(1));
    return;
  }
  try {
    await program.parseAsync(verb === undefined ? ["--help"] : args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // commander has printed what was wrong
    process.exitCode = error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  }
}

async function printConnectors(json: boolean): Promise<void> {
  const connectors = await listConnectors();
  if (connectors.length === 0)
    process.stderr.write("sluice: no source-* or destination-* was found in node_modules/.bin or on PATH.\n");
  for (const connector of connectors) {
    if (json) process.stdout.write(JSON.stringify(connector) + "\n");
    else if ("spec" in connector)
      process.stdout.write(`${connector.name} ${connector.spec.connector.version}  ${connector.path}\n`);
    else process.stdout.write(`${connector.name} (unusable: ${connector.problem})  ${connector.path}\n`);
  }
}

async function runExternal(verb: string, args: readonly string[]): Promise<number> {
  const executable = /^[a-z][a-z0-9-]*$/.test(verb) ? await findExecutable(`sluice-${verb}`) : undefined;
  if (executable === undefined) {
    process.stderr.write(
      `sluice: "${verb}" is not a command, and there is no sluice-${verb} in node_modules/.bin or on PATH; "sluice --help" lists the commands.\n`,
    );
    return ExitCode.usage;
  }
  const { exitCode, signal } = await execa(executable.path, args, { stdio: "inherit", reject: false });
  if (signal === "SIGINT") return ExitCode.sigint;
  return exitCode ?? (signal === "SIGTERM" ? ExitCode.sigterm : ExitCode.unexpected);
}
