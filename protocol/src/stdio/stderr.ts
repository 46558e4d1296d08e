import { maskSecrets } from "./secrets.ts";

const levels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof levels)[number];

let program = "sluice";
let threshold: LogLevel = "info";

/** Sets the name that begins each line on stderr and the least level that is printed. */
export function configureLog(options: { program?: string; level?: LogLevel }): void {
  program = options.program ?? program;
  threshold = options.level ?? threshold;
}

/** Tells whether a text names a log level. */
export function isLogLevel(text: string): text is LogLevel {
  return (levels as readonly string[]).includes(text);
}

/** Writes one line for a person to stderr, secrets of the configuration masked. */
export function log(level: LogLevel, message: string): void {
  if (levels.indexOf(level) < levels.indexOf(threshold)) return;
  const prefix = level === "info" ? "" : `${level}: `;
  process.stderr.write(`${program}: ${prefix}${maskSecrets(message)}\n`);
}

/** Sends `console` to stderr, because stdout carries messages only. */
export function redirectConsole(): void {
  for (const method of ["debug", "info", "log", "warn", "error"] as const) {
    console[method] = (...parts: unknown[]) => log(method === "log" ? "info" : method, parts.map(String).join(" "));
  }
}
