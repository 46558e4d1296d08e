import type { Command } from "commander";
import { capabilityWords } from "../executables/capability-words.ts";
import { listConnectors } from "../executables/connectors.ts";

/** Adds `sluice connectors`. */
export function addConnectors(program: Command): void {
  program
    .command("connectors")
    .description("list the sources and destinations that can be run from here")
    .helpOption("--help", "print this help")
    .option("--json", "print one JSON object a line")
    .action((options: { json?: boolean }) => printConnectors(options.json === true));
}

async function printConnectors(json: boolean): Promise<void> {
  const connectors = await listConnectors();
  if (connectors.length === 0)
    process.stderr.write("sluice: no source-* or destination-* was found in node_modules/.bin or on PATH.\n");
  for (const connector of connectors) {
    if (json) process.stdout.write(JSON.stringify(connector) + "\n");
    else if ("spec" in connector) {
      const { version, description } = connector.spec.connector;
      process.stdout.write(`${connector.name} ${version}  ${connector.path}\n`);
      const told = [description, capabilityWords(connector.spec)].filter((text) => text !== undefined && text !== "");
      for (const text of told) process.stdout.write(`    ${text}\n`);
    } else process.stdout.write(`${connector.name} (unusable: ${connector.problem})  ${connector.path}\n`);
  }
}
