import { resolve } from "node:path";
import { ExitCode, SluiceError } from "@sluice/protocol";
import { configureLog, logToStderr, redirectConsole, stopOnSignals } from "@sluice/protocol/stdio";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { serve } from "./serve/serve.ts";

configureLog({ program: "sluice" });
redirectConsole();
const program = new Command("sluice serve")
  .description("Start the API and a worker, on the Postgres of DATABASE_URL or on one of its own.")
  .helpOption("--help", "print this help")
  .exitOverride()
  .option("--host <address>", "where to listen", "127.0.0.1")
  .option("--port <number>", "0 takes a free one", wholeNumber, 8090)
  .option("--concurrency <n>", "runs at the same time", wholeNumber, 4)
  .option("--data <folder>", "keeps the key, files of pipelines, and Postgres when none is given", ".sluice/serve")
  .addHelpText(
    "after",
    `
Environment: DATABASE_URL; SLUICE_SECRET_KEY or SLUICE_SECRET_KEY_FILE, 32 bytes in base64, seals the secrets of
connections, else a key is made in the data folder; SLUICE_OLD_SECRET_KEYS opens what older keys sealed.`,
  );

try {
  program.parse();
  await run(program.opts());
} catch (error) {
  process.exitCode = exitCodeFor(error);
}

async function run(options: { host: string; port: number; concurrency: number; data: string }): Promise<void> {
  using stop = stopOnSignals();
  await using served = await serve({ ...options, dataFolder: resolve(options.data) });
  process.stdout.write(`Sluice listens on ${served.url}; its API is described at ${served.url}/docs\n`);
  if (served.firstToken !== undefined)
    process.stdout.write(`The first admin token, which is not shown again: ${served.firstToken}\n`);
  if (!stop.signal.aborted) await new Promise((resolved) => stop.signal.addEventListener("abort", resolved));
}

function exitCodeFor(error: unknown): number {
  // commander has printed what was wrong
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  if (error instanceof SluiceError) {
    logToStderr("error", error.message);
    return error.exitCode;
  }
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE" || code === "EACCES" || code === "EADDRNOTAVAIL") {
    logToStderr("error", `It cannot listen there (${code}); choose another --host or --port.`);
    return ExitCode.config;
  }
  logToStderr(
    "error",
    `Unexpected failure, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  return ExitCode.unexpected;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}
