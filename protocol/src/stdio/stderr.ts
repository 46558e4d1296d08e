import { pino } from "pino";
import { logContext } from "./log-context.ts";
import { prettyLogLine } from "./pretty-log.ts";
import { maskSecrets } from "./secrets.ts";

const levels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof levels)[number];
/** Where log lines go besides stderr: told of each as `log` messages tell it. */
export type LogSink = (level: LogLevel, message: string, fields: Record<string, unknown>) => void;

let program = "sluice";
let sink: LogSink | undefined;

// one line of JSON a log line; what becomes of it is decided in `print`, so that every way is masked
const logger = pino(
  {
    base: null,
    level: "info",
    messageKey: "message",
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: () => ({ program, ...logContext() }),
    redact: {
      paths: ["api_key", "password", "secret", "token", "authorization", "connection_string"].flatMap((name) => [
        name,
        `*.${name}`,
      ]),
      censor: "***",
    },
  },
  { write: print },
);

/** Sets the name that begins each line, the least level that is printed, and where else the lines go. */
export function configureLog(options: { program?: string; level?: LogLevel; sink?: LogSink | undefined }): void {
  program = options.program ?? program;
  logger.level = options.level ?? logger.level;
  if ("sink" in options) sink = options.sink;
}

/** Tells whether a text names a log level. */
export function isLogLevel(text: string): text is LogLevel {
  return (levels as readonly string[]).includes(text);
}

/**
 * Logs one sentence for a person, with fields for programs: to stderr as plain text, or as a line of JSON where
 * SLUICE_LOG_FORMAT is "json"; under a runner as a `log` message instead. Secrets of the configuration are masked.
 */
export function log(level: LogLevel, message: string, fields: Record<string, unknown> = {}): void {
  if (!logger.isLevelEnabled(level)) return;
  if (sink === undefined) logger[level](maskedFields(fields), message);
  else sink(level, maskSecrets(message), maskedFields({ ...logContext(), ...fields }));
}

/** Masks values one by one: asterisks in the middle of a number would leave no JSON. */
function maskedFields(fields: Record<string, unknown>): Record<string, unknown> {
  const text = JSON.stringify(fields, (_name, value: unknown) => {
    if (typeof value !== "string" && typeof value !== "number") return value;
    const masked = maskSecrets(String(value));
    return masked === String(value) ? value : masked;
  });
  return JSON.parse(text) as Record<string, unknown>;
}

/** Writes one sentence to stderr whatever the sink: what ends a program is to be seen where it ends. */
export function logToStderr(level: LogLevel, message: string): void {
  logger[level](message);
}

/** Sends `console` to stderr, because stdout carries messages only. */
export function redirectConsole(): void {
  for (const method of ["debug", "info", "log", "warn", "error"] as const) {
    console[method] = (...parts: unknown[]) => log(method === "log" ? "info" : method, parts.map(String).join(" "));
  }
}

function print(line: string): void {
  const masked = maskSecrets(line);
  process.stderr.write(process.env["SLUICE_LOG_FORMAT"] === "json" ? masked : `${prettyLogLine(masked)}\n`);
}
