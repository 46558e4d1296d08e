import type { Command } from "commander";
import { SluiceError } from "../failure.ts";
import { configOf, stdout, text, verb, withConfig, type Options } from "./connector-command.ts";
import type { Checkpoints, Destination } from "./destination.ts";
import { readStates } from "./state-file.ts";

/** Adds `checkpoint get|set|clear` to destinations that keep checkpoints. */
export function addCheckpointVerbs<Config>(command: Command, destination: Destination<Config>): void {
  const { checkpoints } = destination;
  if (checkpoints === undefined) return;
  const group = command
    .command("checkpoint")
    .description("read or change the states that are kept for a pipeline")
    .exitOverride();

  const add = (name: keyof Checkpoints<Config>, description: string) =>
    withConfig(verb(group, name, description), destination).option(
      "--pipeline <id>",
      "whose checkpoints [env: SLUICE_PIPELINE]",
    );

  add("get", "print the newest state of each scope, as lines that --state takes").action(async (options: Options) => {
    for (const line of await checkpoints.get(await configOf(destination, options), pipelineOf(options))) {
      await stdout.write(line + "\n");
    }
  });
  const { history } = checkpoints;
  if (history !== undefined) {
    add("history", "print the last states of each scope, oldest first").action(async (options: Options) => {
      for (const line of await history(await configOf(destination, options), pipelineOf(options))) {
        await stdout.write(line + "\n");
      }
    });
  }
  add("set", "replace the states; a running writer is fenced")
    .requiredOption("--state <file>", 'states as "get" prints them')
    .action(async (options: Options) => {
      const states = await readStates({ flag: "--state", value: text(options["state"]) ?? "" });
      const pipelineId = pipelineOf(options);
      await checkpoints.set(await configOf(destination, options), { pipelineId, states: [...states.values()] });
    });
  add("clear", "forget the states, so that the next read starts from the beginning; a running writer is fenced").action(
    async (options: Options) => checkpoints.clear(await configOf(destination, options), pipelineOf(options)),
  );
}

function pipelineOf(options: Options): string {
  const id = text(options["pipeline"]) ?? process.env["SLUICE_PIPELINE"];
  if (id === undefined || id === "")
    throw new SluiceError("config", "No pipeline is named: give --pipeline ID, or set SLUICE_PIPELINE.");
  return id;
}
