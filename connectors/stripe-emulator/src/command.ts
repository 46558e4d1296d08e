import { Command, CommanderError, InvalidArgumentError } from "commander";
import { ObjectCountError } from "./data/counts.ts";
import { DISTRIBUTIONS, type Distribution } from "./data/distribution.ts";
import { type Emulator, type EmulatorOptions, startEmulator } from "./emulator.ts";

type CommandOptions = {
  port: number;
  host: string;
  seed: number;
  objects?: Record<string, number>;
  created?: Record<string, Distribution>;
  apiKey?: string;
  rateLimit?: number;
  endpointRateLimit?: number;
};

const USAGE_EXIT = 2;

/**
 * Runs the `stripe-emulator` command until it is interrupted or terminated, and resolves to its exit code: 0 after a
 * signal, 1 when the address cannot be had, 2 for options that cannot be.
 */
export async function runCommand(args: readonly string[]): Promise<number> {
  const command = buildCommand();
  try {
    await command.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_EXIT;
    throw error;
  }
  const options = command.opts<CommandOptions>();
  try {
    await using emulator = await startEmulator(emulatorOptions(options));
    announce(emulator);
    await signal();
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    process.stderr.write(`stripe-emulator: ${explained(error, options)}\n`);
    return error instanceof ObjectCountError ? USAGE_EXIT : 1;
  }
}

function buildCommand(): Command {
  return new Command("stripe-emulator")
    .description("Serves an emulated Stripe account with lifelike data on this machine, until it is interrupted.")
    .option("--port <port>", "where to listen; 0 takes a free port", wholeNumber(65_535), 12_111)
    .option("--host <address>", "the address to listen on", "127.0.0.1")
    .option("--seed <number>", "chooses the data; the same seed gives the same account", wholeNumber(4_294_967_295), 1)
    .option(
      "--objects <list>",
      "how many objects a stream starts with, as in customers=10000,charges=20000",
      objectList,
    )
    .option("--created <list>", `how a stream's times lie, as in charges=${DISTRIBUTIONS.join("|")}`, distributionList)
    .option("--rate-limit <number>", "requests a second that the account may send; none by default", wholeNumber(1e6))
    .option("--endpoint-rate-limit <number>", "requests a second to one endpoint; none by default", wholeNumber(1e6))
    .option("--api-key <key>", "the secret key that is let in; by default one that follows from the seed")
    .addHelpText(
      "after",
      "\nPrints the settings that a client needs, a NAME=value a line, once it listens.\n" +
        "Tests change objects and break the network through the paths under /_emulator.\n",
    )
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "stripe-emulator: ")) })
    .allowExcessArguments(false)
    .exitOverride();
}

function announce({ url, apiKey, apiVersion }: Emulator): void {
  const lines = [`BASE_URL=${url}`, `API_KEY=${apiKey}`, `API_VERSION=${apiVersion}`];
  process.stdout.write(lines.map((line) => `SOURCE_STRIPE_${line}\n`).join(""));
}

function emulatorOptions({ apiKey, rateLimit, endpointRateLimit, ...options }: CommandOptions): EmulatorOptions {
  const rateLimits = { global: rateLimit, endpoint: endpointRateLimit };
  return { ...options, rateLimits, ...(apiKey === undefined ? {} : { apiKeys: [apiKey] }) };
}

function signal(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}

function explained(error: Error, { port, host }: CommandOptions): string {
  if (error instanceof ObjectCountError) return `--objects: ${error.message}`;
  const code = "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE")
    return `port ${port} of ${host} is taken; choose another with --port, or --port 0 for a free one.`;
  if (code === "EACCES") return `port ${port} may not be used by this user; choose one above 1023 with --port.`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return `${host} is no address of this machine; name one with --host.`;
  return error.message;
}

function wholeNumber(most: number) {
  return (text: string): number => {
    if (/^\d{1,10}$/.test(text) && Number(text) <= most) return Number(text);
    throw new InvalidArgumentError(`Give a whole number from 0 to ${most}.`);
  };
}

function objectList(text: string): Record<string, number> {
  return listOf(text, "NUMBER; write customers=10000,charges=20000", (count) =>
    /^\d{1,9}$/.test(count) ? Number(count) : undefined,
  );
}

function distributionList(text: string): Record<string, Distribution> {
  const remedy = `one of ${DISTRIBUTIONS.join(", ")}; write charges=long_tail`;
  return listOf(text, remedy, (name) => DISTRIBUTIONS.find((distribution) => distribution === name));
}

/** Yields what a text of NAME=VALUE,NAME=VALUE says; refuses it with what a value is to be. */
function listOf<T>(text: string, valueIs: string, read: (value: string) => T | undefined): Record<string, T> {
  const entries = text.split(",").map((entry) => {
    const [, stream, given = ""] = /^\s*([a-z0-9_]+)=(\w+)\s*$/.exec(entry) ?? [];
    const value = read(given);
    if (stream !== undefined && value !== undefined) return [stream, value] as const;
    throw new InvalidArgumentError(`"${entry}" is not NAME=${valueIs}.`);
  });
  return Object.fromEntries(entries);
}
