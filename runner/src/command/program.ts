import { ExitCode, SluiceError } from "@sluice/protocol";
import { configureLog, logToStderr, redirectConsole } from "@sluice/protocol/stdio";
import { Command, CommanderError } from "commander";
import { execa } from "execa";
import { findExecutable } from "../executables/search.ts";
import { addCall } from "./call-command.ts";
import { addCheck } from "./check-command.ts";
import { addCompletion, COMPLETION_VERBS } from "./completion-command.ts";
import { addConnectors } from "./connectors-command.ts";
import { addDemo } from "./demo-command.ts";
import { addDiscover } from "./discover-command.ts";
import { addInit } from "./init-command.ts";
import { addReplay } from "./replay-command.ts";
import { addRun } from "./run-command.ts";
import { addState } from "./state-command.ts";

/** Yields the `sluice` command with all its verbs. */
function sluiceProgram(): Command {
  const program = new Command("sluice")
    .description("Moves records from APIs to databases, provably without loss.")
    .version("0.1.0", "--version", "print the version")
    .helpOption("--help", "print this help")
    .exitOverride()
    .showSuggestionAfterError(true)
    .addHelpText("after", '\n"sluice X" runs the program sluice-X when X is not listed here.');
  for (const add of [
    addInit,
    addCheck,
    addDiscover,
    addRun,
    addState,
    addReplay,
    addConnectors,
    addCall,
    addDemo,
    addCompletion,
  ]) {
    add(program);
  }
  return program;
}

/** Runs the `sluice` command with the given arguments, and sets the exit code. */
export async function runCommand(args: readonly string[]): Promise<void> {
  configureLog({ program: "sluice" });
  const [verb] = args;
  if (!COMPLETION_VERBS.has(verb)) redirectConsole();
  const program = sluiceProgram();
  const isOwn =
    verb === undefined ||
    verb.startsWith("-") ||
    verb === "help" ||
    program.commands.some((command) => command.name() === verb);
  try {
    if (!isOwn) process.exitCode = await runExternal(verb, args.slice(1));
    else await program.parseAsync(verb === undefined ? ["--help"] : args, { from: "user" });
  } catch (error) {
    process.exitCode = reportFailure(error);
  }
}

function reportFailure(error: unknown): ExitCode {
  // commander has printed what was wrong
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  if (error instanceof SluiceError) {
    logToStderr("error", error.message);
    return error.exitCode;
  }
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  logToStderr("error", `Unexpected failure, please report it: ${told}`);
  return ExitCode.unexpected;
}

async function runExternal(verb: string, args: readonly string[]): Promise<number> {
  const executable = /^[a-z][a-z0-9-]*$/.test(verb) ? await findExecutable(`sluice-${verb}`) : undefined;
  if (executable === undefined) {
    throw new SluiceError(
      "config",
      `"${verb}" is not a command, and there is no sluice-${verb} in node_modules/.bin or on PATH; "sluice --help" lists the commands.`,
      { exitCode: ExitCode.usage },
    );
  }
  const { exitCode, signal } = await execa(executable.path, args, { stdio: "inherit", reject: false });
  if (signal === "SIGINT") return ExitCode.sigint;
  return exitCode ?? (signal === "SIGTERM" ? ExitCode.sigterm : ExitCode.unexpected);
}
