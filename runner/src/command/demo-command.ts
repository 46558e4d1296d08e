import type { Command } from "commander";
import { runDemo } from "../demo/demo.ts";

/** Adds `sluice demo`. */
export function addDemo(program: Command): void {
  program
    .command("demo")
    .description("load an emulated Stripe account into an embedded Postgres, and show what came of it")
    .helpOption("--help", "print this help")
    .option("--keep", "leave Postgres running and print its URL")
    .option("--json", "print only one line at the end: status, streams, rows and seconds")
    .action(async (options: { keep?: boolean; json?: boolean }) => {
      process.exitCode = await runDemo({ keep: options.keep === true, json: options.json === true });
    });
}
