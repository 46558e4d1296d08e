import { resolve } from "node:path";
import { ExitCode, SluiceError } from "@sluice/protocol";
import { configureLog, logToStderr, redirectConsole, stopOnSignals } from "@sluice/protocol/stdio";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { proxyAddresses } from "./proxy-addresses.ts";
import { serve, type Part } from "./serve.ts";

type Options = {
  host: string;
  port: number;
  trustProxy?: string;
  concurrency: number;
  live: number;
  data: string;
};

const VERBS: Record<"serve" | "api" | "worker", { parts: readonly Part[]; description: string }> = {
  serve: {
    parts: ["api", "worker"],
    description: "Start the API and a worker, on the Postgres of DATABASE_URL or on one of its own.",
  },
  api: { parts: ["api"], description: "Start the API alone, on the Postgres of DATABASE_URL." },
  worker: { parts: ["worker"], description: "Start a worker alone, on the Postgres of DATABASE_URL." },
};

/** Runs `sluice serve`, `sluice api` or `sluice worker` until a signal ends it, and sets the exit code. */
export async function runServer(verb: keyof typeof VERBS): Promise<void> {
  configureLog({ program: "sluice" });
  redirectConsole();
  const { parts, description } = VERBS[verb];
  const program = new Command(`sluice ${verb}`).description(description).helpOption("--help", "print this help");
  program.exitOverride();
  if (parts.includes("api"))
    program
      .option("--host <address>", "where to listen", "127.0.0.1")
      .option("--port <number>", "0 takes a free one", wholeNumber, 8090)
      .option("--trust-proxy <addresses>", "proxies that say in X-Forwarded-For who asks (SLUICE_TRUST_PROXY)");
  if (parts.includes("worker"))
    program
      .option("--concurrency <n>", "runs at the same time", wholeNumber, 4)
      .option("--live <n>", "live pipelines at the same time, besides", wholeNumber, 8);
  program
    .option("--data <folder>", "keeps what belongs to this machine", ".sluice/serve")
    .addHelpText("after", environmentHelp(verb));
  try {
    program.parse();
    await untilStopped(parts, program.opts<Options>());
  } catch (error) {
    process.exitCode = exitCodeFor(error);
  }
}

function environmentHelp(verb: keyof typeof VERBS): string {
  const otherwise =
    verb === "serve"
      ? "Without DATABASE_URL a Postgres is kept in the data folder, and so is a key when none is given."
      : "All programs of one installation need the same DATABASE_URL, REDIS_URL and keys.";
  return `
Environment: DATABASE_URL; REDIS_URL, where the queue is, else it is in Postgres, too; SLUICE_SECRET_KEY or
SLUICE_SECRET_KEY_FILE, 32 bytes in base64, seals the secrets of connections; SLUICE_OLD_SECRET_KEYS opens what older
keys sealed, which is then sealed anew. ${otherwise}`;
}

async function untilStopped(parts: readonly Part[], options: Options): Promise<void> {
  using stop = stopOnSignals();
  const trustProxy = proxyAddresses(options.trustProxy ?? process.env["SLUICE_TRUST_PROXY"] ?? "");
  await using served = await serve({ ...options, trustProxy, parts, dataFolder: resolve(options.data) });
  if (served.url !== undefined)
    process.stdout.write(`Sluice listens on ${served.url}; its API is described at ${served.url}/docs\n`);
  else
    process.stdout.write(
      `This worker takes up to ${options.concurrency} runs and ${options.live} live pipelines at the same time.\n`,
    );
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
