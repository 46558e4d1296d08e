import type { Tone } from "../controls/badge.tsx";
import type { LogLine } from "../runs/watched-run.ts";

export type LogLevel = LogLine["level"];

/** The levels of log lines, the gravest last. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const satisfies readonly LogLevel[];

export const LEVEL_WORDS: Record<LogLevel, string> = {
  debug: "Everything",
  info: "Info and graver",
  warn: "Warnings and errors",
  error: "Errors only",
};

export const LEVEL_TONES: Record<LogLevel, Tone> = { debug: "idle", info: "busy", warn: "warn", error: "bad" };

/** Yields the lines of this level and of graver ones. */
export function linesFrom(lines: readonly LogLine[], level: LogLevel): readonly LogLine[] {
  if (level === "debug") return lines;
  const least = LOG_LEVELS.indexOf(level);
  return lines.filter((line) => LOG_LEVELS.indexOf(line.level) >= least);
}
