import { writeFileSync } from "node:fs";
import { ExitCode, SluiceError } from "@sluice/protocol";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { checks } from "../checks/index.ts";
import { junitXml } from "./junit.ts";
import { runKit } from "./kit.ts";
import { jsonFile, loadPlan } from "./plan.ts";
import { resultText, summaryText } from "./report-text.ts";
import type { Report, Result } from "./report.ts";
import { runnerFaults, runRunnerKit } from "./runner-kit.ts";

const MOST_SEEDS = 1_000_000;

type Options = {
  plan?: string;
  config?: string;
  rows?: string;
  only?: string[];
  seed?: number;
  list?: boolean;
  json?: boolean;
  junit?: string;
  runner?: string;
};

const NOTES = `
The connector is a path or a name on PATH, behind -- with what stands before the verb:
  sluice test source-stripe --plan conformance.json
  sluice test --config config.json -- python3 -u my_source.py
  sluice test --runner "sluice run"

--plan names a file of JSON; docs/conformance.md tells its fields. Exit codes: 0 all that must hold does, 1 something
does not, 2 usage, 10 the plan or the connector cannot be used.`;

/** Runs the `sluice-test` command, and sets the exit code. */
export async function runCommand(args: readonly string[]): Promise<void> {
  const program = new Command("sluice test")
    .description("Checks any connector, in any language, as a program that is spoken to over stdin and stdout.")
    .argument("[connector...]", "the connector's path or name, and what stands before the verb")
    .option("--plan <file>", "how to configure the connector and to look behind it")
    .option("--config <file>", "a configuration that works, instead of the plan's")
    .option("--rows <command>", "a shell command that prints the rows of the stream $STREAM as lines of JSON")
    .option("--runner <command>", "test a runner instead: a shell command that runs the pipeline in its working folder")
    .option("--only <ids>", "run these checks only, such as S1,R5", (text: string) => text.split(","))
    .option("--seed <number>", "repeat a run that chose at random", seedOf)
    .option("--list", "print the checks and run none; with --json all that is known of them")
    .option("--json", "print the report as JSON")
    .option("--junit <file>", "write the report as JUnit XML, too")
    .helpOption("--help", "print this help")
    .exitOverride()
    .addHelpText("after", NOTES);
  try {
    program.parse(args, { from: "user" });
    process.exitCode = await act(program.args, program.opts<Options>());
  } catch (error) {
    process.exitCode = reported(error);
  }
}

function reported(error: unknown): ExitCode {
  // commander has printed what was wrong
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  if (!(error instanceof SluiceError)) throw error;
  process.stderr.write(`sluice test: ${error.message}\n`);
  return error.exitCode;
}

async function act(connector: readonly string[], options: Options): Promise<ExitCode> {
  const isJson = options.json === true;
  const { runner } = options;
  const listed = runner === undefined ? checks : runnerFaults.map(({ id, does }) => ({ id, level: 1, title: does }));
  if (options.list === true) {
    const chosen = chosenOf(listed, options.only);
    const lines = chosen.map(({ id, level, title }) => `${id.padEnd(3)} level ${level}  ${title}\n`);
    process.stdout.write(isJson ? `${JSON.stringify(chosen)}\n` : lines.join(""));
    return ExitCode.ok;
  }
  const heard = isJson ? {} : { heard: (result: Result) => void process.stdout.write(resultText(result)) };
  const report =
    runner === undefined
      ? await testConnector(connector, { ...options, ...heard })
      : await runRunnerKit({ command: runner, faults: chosenOf(runnerFaults, options.only), ...heard });
  process.stdout.write(isJson ? `${JSON.stringify(report, null, 2)}\n` : summaryText(report));
  if (options.junit !== undefined) writeFileSync(options.junit, junitXml(report));
  return hasFailure(report) ? ExitCode.unexpected : ExitCode.ok;
}

async function testConnector(
  connector: readonly string[],
  { plan, config, rows, only, seed, heard }: Options & { heard?: (result: Result) => void },
): Promise<Report> {
  if (connector.length === 0) {
    throw new SluiceError("config", "Say which connector to test: its path or name; see --help.", {
      exitCode: ExitCode.usage,
    });
  }
  const loaded = loadPlan(plan, {
    ...(config === undefined ? {} : { config: jsonFile(config) }),
    ...(rows === undefined ? {} : { rows }),
  });
  return runKit({
    ...loaded,
    command: connector,
    checks,
    ...(only === undefined ? {} : { only: chosenOf(checks, only).map(({ id }) => id) }),
    seed: seed ?? Math.floor(Math.random() * MOST_SEEDS),
    ...(heard === undefined ? {} : { heard }),
  });
}

function hasFailure({ results }: { results: readonly { level: number; verdict: string }[] }): boolean {
  return results.some(({ level, verdict }) => level < 3 && (verdict === "failed" || verdict === "broken"));
}

function chosenOf<T extends { id: string }>(all: readonly T[], only: readonly string[] | undefined): readonly T[] {
  if (only === undefined) return all;
  const unknown = only.find((id) => !all.some((each) => each.id === id));
  if (unknown === undefined) return all.filter(({ id }) => only.includes(id));
  throw new SluiceError("config", `There is no check "${unknown}"; --list prints them.`, { exitCode: ExitCode.usage });
}

function seedOf(text: string): number {
  const seed = Number(text);
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new InvalidArgumentError("It must be a whole number.");
}
