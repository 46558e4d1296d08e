import { Command, CommanderError, Option } from "commander";
import type { z } from "zod";
import { ExitCode, SluiceError } from "../failure.ts";
import type { Capabilities } from "../message.ts";
import { configFields, configJsonSchema, environmentName, flagName } from "./config-fields.ts";
import { ConfigError, loadConfig } from "./config.ts";
import { errorPayload } from "./error-payload.ts";
import { Output, PeerGone } from "./output.ts";
import { maskSecrets } from "./secrets.ts";
import type { CheckResult } from "./source.ts";
import { configureLog, isLogLevel, logToStderr, redirectConsole } from "./stderr.ts";

/** What sources and destinations have in common. */
export type Connector<Config> = {
  name: string;
  version: string;
  description: string;
  docsUrl?: string;
  capabilities?: Capabilities;
  config: z.ZodType<Config>;
  check(config: Config): Promise<CheckResult>;
};

/** Options as commander gives them, by their camelCase names. */
export type Options = Record<string, string | boolean | undefined>;

/** stdout of this process as messages. */
export const stdout = new Output(process.stdout);

/** Yields the command with the verbs that every connector has: `spec` and `check`. */
export function connectorCommand<Config>(connector: Connector<Config>, kind: "source" | "destination"): Command {
  redirectConsole();
  configureLog({ program: connector.name });
  const command = new Command(connector.name)
    .description(connector.description)
    .version(connector.version, "--version", "print the version")
    .helpOption("--help", "print this help")
    .exitOverride()
    // in a pipe of several programs it has to be said whose error it is
    .configureOutput({ outputError: (text, write) => write(`${connector.name}: ${text}`) })
    .showSuggestionAfterError(true)
    .addHelpText(
      "after",
      `\nExit codes: 0 ok, 2 usage, 10 config, 11 auth, 12 transient, 13 protocol, 14 partial, 15 rejected rows, 130 and 143 signals.`,
    );

  const spec = verb(command, "spec", "print what this connector is and how it is configured");
  withPretty(spec).action(async (options: Options) => {
    await print(options, {
      type: "spec",
      spec: {
        protocol_version: 1,
        connector: { name: connector.name, version: connector.version, kind, description: connector.description },
        config: configJsonSchema(connector.config),
        capabilities: connector.capabilities ?? {},
        ...(connector.docsUrl === undefined ? {} : { docs_url: connector.docsUrl }),
      },
    });
  });

  withConfig(withPretty(verb(command, "check", "try the configuration and say what was found")), connector)
    .option("--exit-code", "exit non-zero when the check failed")
    .action((options: Options) => check(connector, options));
  return command;
}

/** Adds a verb with the options that all verbs have. */
export function verb(command: Command, name: string, description: string): Command {
  return command
    .command(name)
    .description(description)
    .helpOption("--help", "print this help")
    .exitOverride()
    .addOption(
      new Option("--log-level <level>", "debug, info, warn or error")
        .env("SLUICE_LOG_LEVEL")
        .default("info")
        .argParser((text: string) => {
          if (!isLogLevel(text)) throw usage(`--log-level is "${text}"; use debug, info, warn or error.`);
          configureLog({ level: text });
          return text;
        }),
    );
}

/** Adds --pretty to a verb that prints one message. */
export function withPretty(command: Command): Command {
  return command.option("--pretty", "indent what is printed, for people");
}

/** Adds --config and a flag for each field that is not a secret. */
export function withConfig<Config>(command: Command, connector: Connector<Config>): Command {
  command.option("--config <file>", "configuration: a JSON file, - for stdin, @env:NAME, or inline JSON");
  for (const field of configFields(connector.config)) {
    const variable = environmentName(connector.name, field.path);
    if (field.secret) command.addHelpText("after", `\n  ${variable} (secret, no flag)  ${field.description}`);
    else command.option(`${flagName(field.path)} <value>`, `${field.description} [env: ${variable}]`);
  }
  return command;
}

/** Yields the validated configuration from --config, the environment and the flags of a verb. */
export function configOf<Config>(connector: Connector<Config>, options: Options): Promise<Config> {
  const flags = new Map<string, string>();
  for (const { path, secret } of configFields(connector.config)) {
    const value = options[camelCase(flagName(path))];
    if (!secret && typeof value === "string") flags.set(flagName(path), value);
  }
  return loadConfig(connector.config, {
    connector: connector.name,
    file: text(options["config"]),
    flags,
    env: process.env,
  });
}

/** Parses argv and runs the verb; sets the exit code and prints one sentence to stderr for whatever failed. */
export async function runCommand(command: Command): Promise<void> {
  try {
    await command.parseAsync();
    await stdout.flush();
  } catch (error) {
    if (error instanceof CommanderError) {
      // commander has printed it; help and version are no failures
      process.exitCode = error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
      return;
    }
    const code = reportFailure(error);
    // that the reader has gone is a symptom; a failure that was reported before is the cause
    process.exitCode = (error instanceof PeerGone && process.exitCode) || code;
    // nobody may be left to read it
    await stdout.flush().catch(() => {});
  }
}

/** Prints a failure for a person and yields the exit code that stands for it. */
export function reportFailure(error: unknown): ExitCode {
  if (error instanceof SluiceError) {
    logToStderr("error", error.message);
    if (error.detail !== undefined) logToStderr("debug", error.detail);
    return error.exitCode;
  }
  if (error instanceof PeerGone) {
    logToStderr("error", error.message);
    return ExitCode.transient;
  }
  logToStderr(
    "error",
    `Unexpected failure, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  return ExitCode.unexpected;
}

/** Yields an error for a wrong command line, exit code 2. */
export function usage(message: string): SluiceError {
  return new SluiceError("config", message, { exitCode: ExitCode.usage });
}

/** Yields an option's text, or undefined when it was not given. */
export function text(value: string | boolean | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Prints one message, indented with --pretty. */
export async function print(options: Options, message: Parameters<Output["send"]>[0]): Promise<void> {
  await (options["pretty"] === true ? stdout.write(JSON.stringify(message, null, 2) + "\n") : stdout.send(message));
}

async function check<Config>(connector: Connector<Config>, options: Options): Promise<void> {
  try {
    const result = await connector.check(await configOf(connector, options));
    await print(options, { type: "connection_status", connection_status: { status: "succeeded", ...result } });
  } catch (error) {
    if (!(error instanceof SluiceError) || error.exitCode === ExitCode.usage) throw error;
    const { message } = errorPayload(error);
    const fields =
      error instanceof ConfigError
        ? { fields: error.fields.map(({ path, message: text }) => ({ path, message: maskSecrets(text) })) }
        : {};
    await print(options, { type: "connection_status", connection_status: { status: "failed", message, ...fields } });
    if (options["exitCode"] === true) process.exitCode = error.exitCode;
  }
}

function camelCase(flag: string): string {
  return flag.slice(2).replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
