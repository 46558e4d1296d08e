import { Command, CommanderError, InvalidArgumentError } from "commander";
import { startEmulator } from "./emulator.ts";

type CommandOptions = { port: number; host: string };

const USAGE_EXIT = 2;

/**
 * Runs the `google-sheets-emulator` command until it is interrupted or terminated, and resolves to its exit code: 0
 * after a signal, 1 when the address cannot be had, 2 for options that cannot be.
 */
export async function runCommand(args: readonly string[]): Promise<number> {
  const command = buildCommand();
  try {
    await command.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_EXIT;
    throw error;
  }
  try {
    await using emulator = await startEmulator(command.opts<CommandOptions>());
    const token = emulator.refreshToken();
    const settings = {
      base_url: emulator.url,
      ...token,
      spreadsheet_id: emulator.createSpreadsheet({ writers: ["ada@example.com"] }),
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name.toUpperCase()}=${value}`);
    process.stdout.write(lines.map((line) => `DESTINATION_GOOGLE_SHEETS_${line}\n`).join(""));
    await signal();
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    process.stderr.write(`google-sheets-emulator: ${error.message}; choose another address with --host and --port.\n`);
    return 1;
  }
}

function buildCommand(): Command {
  return new Command("google-sheets-emulator")
    .description("Serves an emulated Sheets API with one empty spreadsheet on this machine, until it is interrupted.")
    .option("--port <port>", "where to listen; 0 takes a free port", portNumber, 12_112)
    .option("--host <address>", "the address to listen on", "127.0.0.1")
    .addHelpText(
      "after",
      "\nPrints the settings that destination-google-sheets needs, a NAME=value a line, once it listens.\n" +
        "Tests act as a person and break the network through the paths under /_emulator.\n",
    )
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "google-sheets-emulator: ")) })
    .allowExcessArguments(false)
    .exitOverride();
}

function portNumber(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError("Give a whole number from 0 to 65535.");
}

function signal(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}
