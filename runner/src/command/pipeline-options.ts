import { ExitCode, SluiceError } from "@sluice/protocol";
import { configureLog, isLogLevel, type LogLevel } from "@sluice/protocol/stdio";
import { InvalidArgumentError, Option, type Command } from "commander";
import { findPipelineFile, loadPipelines, type LoadedPipeline } from "../pipeline/load-pipelines.ts";

/** A timer that is set to more is over at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Options that every verb on pipelines has. */
export type PipelineOptions = { file?: string; logLevel: LogLevel; json?: boolean };

/** Adds a verb on pipelines, with --file and --log-level. */
export function pipelineVerb(command: Command, signature: string, description: string): Command {
  return command
    .command(signature)
    .description(description)
    .helpOption("--help", "print this help")
    .option("--file <path>", "the pipeline file; by default the sluice.yaml of this folder or the nearest above it")
    .addOption(
      new Option("--log-level <level>", "debug, info, warn or error")
        .env("SLUICE_LOG_LEVEL")
        .default("info")
        .argParser((text: string) => {
          if (!isLogLevel(text)) throw new InvalidArgumentError("Use debug, info, warn or error.");
          configureLog({ level: text });
          return text;
        }),
    );
}

/** Yields the pipelines that a command line names, or all. */
export function pipelinesOf(ids: readonly string[], { file }: PipelineOptions): LoadedPipeline[] {
  return loadPipelines(findPipelineFile(file), { ids });
}

/** Yields the one pipeline that a command line names, or the only one there is. */
export function pipelineOf(id: string | undefined, options: PipelineOptions): LoadedPipeline {
  const [first, ...others] = pipelinesOf(id === undefined ? [] : [id], options);
  if (first !== undefined && others.length === 0) return first;
  const names = [first, ...others].map((each) => each?.id).join(", ");
  throw new SluiceError("config", `Name one of the pipelines: ${names}.`, { exitCode: ExitCode.usage });
}

/** Yields names that are separated by commas. */
export function names(text: string): string[] {
  return text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

/** Yields a positive whole number; for commander. */
export function positiveInteger(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number <= 0)
    throw new InvalidArgumentError("It must be a positive whole number.");
  return number;
}

/** Yields milliseconds for "90s", "15m", "2h" or a number of seconds; for commander. */
export function duration(text: string): number {
  const [, number = "", unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const factor = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit];
  if (number === "" || factor === undefined) throw new InvalidArgumentError("Use a time such as 90s, 15m or 2h.");
  const ms = Math.round(Number(number) * factor);
  if (ms > MAX_TIMER_MS) throw new InvalidArgumentError("It may be 596 hours at most.");
  return ms;
}

/** Yields a moment: ISO 8601, a date, or whole seconds since 1970; for commander. */
export function moment(text: string): Date {
  const time = new Date(/^\d+$/.test(text) ? Number(text) * 1000 : text);
  if (Number.isNaN(time.getTime()))
    throw new InvalidArgumentError("Use a time such as 2026-01-31 or 2026-01-31T08:00Z.");
  return time;
}
