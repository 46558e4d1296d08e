import { writeFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { ExitCode, SluiceError, errorCode, type Payload } from "@sluice/protocol";
import type { Command } from "commander";
import { listConnectors } from "../executables/connectors.ts";
import { pipelineText } from "../pipeline/pipeline-text.ts";

type InitOptions = { from?: string; to?: string; file: string };

/** Adds `sluice init`. */
export function addInit(program: Command): void {
  program
    .command("init")
    .description("write a commented sluice.yaml, by asking or by --from and --to")
    .helpOption("--help", "print this help")
    .option("--from <source>", "such as stripe or source-stripe")
    .option("--to <destination>", "such as postgres or destination-postgres")
    .option("--file <path>", "where to write it", "sluice.yaml")
    .action((options: InitOptions) => init(options));
}

async function init({ from, to, file }: InitOptions): Promise<void> {
  const connectors = await listConnectors();
  const specs = connectors.flatMap((each) => ("spec" in each ? [each.spec] : []));
  const source = await chosen("source", specs, from);
  const destination = await chosen("destination", specs, to);
  try {
    await writeFile(file, pipelineText(source, destination), { flag: "wx" });
  } catch (error) {
    const code = errorCode(error) ?? "unknown error";
    const advice = code === "EEXIST" ? "is there already; name another one with --file" : `cannot be written (${code})`;
    throw new SluiceError("config", `${file} ${advice}.`);
  }
  process.stdout.write(`${file} is written. Fill in what it says, try it with "sluice check", then "sluice run".\n`);
}

async function chosen(kind: "source" | "destination", specs: Payload<"spec">[], asked: string | undefined) {
  const there = specs.filter(({ connector }) => connector.kind === kind);
  const names = there.map(({ connector }) => connector.name);
  const answer = asked ?? (await ask(kind, names));
  const found = there.find(({ connector }) => connector.name === answer || connector.name === `${kind}-${answer}`);
  if (found !== undefined) return found;
  throw new SluiceError("config", `There is no ${kind} "${answer}"; there are: ${names.join(", ") || "none"}.`);
}

async function ask(kind: string, names: readonly string[]): Promise<string> {
  if (!process.stdin.isTTY) {
    const flag = kind === "source" ? "--from" : "--to";
    throw new SluiceError(
      "config",
      `Nobody can be asked here: give ${flag}; there are: ${names.join(", ") || "none"}.`,
      {
        exitCode: ExitCode.usage,
      },
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    names.forEach((name, index) => process.stderr.write(`  ${index + 1}  ${name}\n`));
    const answer = (await terminal.question(`Which ${kind} (number or name)? `)).trim();
    return names[Number(answer) - 1] ?? answer;
  } finally {
    terminal.close();
  }
}
