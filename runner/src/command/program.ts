import { ExitCode, SluiceError, errorCode } from "@sluice/protocol";
import { PeerGone, configureLog, logToStderr, redirectConsole } from "@sluice/protocol/stdio";
import { Command, CommanderError } from "commander";
/** The verbs in the order of the help. What a verb needs is loaded with it, since a start is felt each time. */
const VERBS: Record<string, () => Promise<(program: Command) => void>> = {
  init: async () => (await import("./init-command.ts")).addInit,
  check: async () => (await import("./check-command.ts")).addCheck,
  discover: async () => (await import("./discover-command.ts")).addDiscover,
  run: async () => (await import("./run-command.ts")).addRun,
  state: async () => (await import("./state-command.ts")).addState,
  replay: async () => (await import("./replay-command.ts")).addReplay,
  connectors: async () => (await import("./connectors-command.ts")).addConnectors,
  call: async () => (await import("./call-command.ts")).addCall,
  demo: async () => (await import("./demo-command.ts")).addDemo,
};
/** Verbs whose output is printed by way of `console`: the script for a shell, and what that asks for at each tab. */
const COMPLETION_VERBS = ["completion", "complete"];

/** Resolves to the `sluice` command with the verb that is asked for, or with all. */
async function sluiceProgram(asked: string | undefined): Promise<Command> {
  const program = new Command("sluice")
    .description("Moves records from APIs to databases, provably without loss.")
    .version("0.1.0", "--version", "print the version")
    .helpOption("--help", "print this help")
    .exitOverride()
    // in a pipe of several programs it has to be said whose error it is
    .configureOutput({ outputError: (text, write) => write(`sluice: ${text}`) })
    .showSuggestionAfterError(true)
    .addHelpText("after", '\n"sluice X" runs the program sluice-X when X is not listed here.');
  if (asked === "--version") return program;
  const only = asked !== undefined && Object.hasOwn(VERBS, asked) ? VERBS[asked] : undefined;
  const adders = await Promise.all((only === undefined ? Object.values(VERBS) : [only]).map((load) => load()));
  for (const add of adders) add(program);
  // behind the others, because it completes all that are there
  if (only === undefined) (await import("./completion-command.ts")).addCompletion(program);
  return program;
}

/** Runs the `sluice` command with the given arguments, and sets the exit code. */
export async function runCommand(args: readonly string[]): Promise<void> {
  configureLog({ program: "sluice" });
  const [verb] = args;
  const isCompletion = COMPLETION_VERBS.includes(verb ?? "");
  if (!isCompletion) redirectConsole();
  process.stdout.on("error", noteOutputFailure);
  const isOwn =
    verb === undefined || verb.startsWith("-") || verb === "help" || isCompletion || Object.hasOwn(VERBS, verb);
  try {
    if (!isOwn) await becomeExternal(verb, args.slice(1));
    else await (await sluiceProgram(verb)).parseAsync(verb === undefined ? ["--help"] : args, { from: "user" });
  } catch (error) {
    process.exitCode = reportFailure(error);
  }
}

/** A reader that has seen enough, such as head, ends nothing; that there is no room is said once. */
function noteOutputFailure(error: Error): void {
  const code = errorCode(error) ?? error.message;
  if (code === "EPIPE") return;
  process.stdout.off("error", noteOutputFailure).on("error", () => {});
  logToStderr("error", `The output cannot be written (${code}); make room, or correct where it goes.`);
  process.exitCode = ExitCode.unexpected;
}

function reportFailure(error: unknown): ExitCode {
  // commander has printed what was wrong
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  if (error instanceof SluiceError) {
    logToStderr("error", error.message);
    return error.exitCode;
  }
  if (error instanceof PeerGone) {
    logToStderr("error", error.message);
    return ExitCode.transient;
  }
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  logToStderr("error", `Unexpected failure, please report it: ${told}`);
  return ExitCode.unexpected;
}

/**
 * Goes on as the program sluice-VERB, in this very process: a parent would pass on signals that a terminal or a service
 * manager has sent to the program already, which then would not end in order.
 */
async function becomeExternal(verb: string, args: readonly string[]): Promise<void> {
  const { findExecutable } = await import("../executables/search.ts");
  const executable = /^[a-z][a-z0-9-]*$/.test(verb) ? await findExecutable(`sluice-${verb}`) : undefined;
  if (executable === undefined) {
    throw new SluiceError(
      "config",
      `"${verb}" is not a command, and there is no sluice-${verb} in node_modules/.bin or on PATH; "sluice --help" lists the commands.`,
      { exitCode: ExitCode.usage },
    );
  }
  const { path } = executable;
  if (process.execve === undefined)
    throw new SluiceError(
      "system",
      `A process cannot become another program on ${process.platform}; run ${path} itself.`,
    );
  process.execve(path, [path, ...args]);
}
