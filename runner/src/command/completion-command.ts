import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";
import { findPipelineFile, pipelineIds } from "../pipeline/load-pipelines.ts";

/** Adds `sluice completion`; to be called when all other verbs are there. */
export function addCompletion(program: Command): void {
  const completion = tab(program, { completionCommandName: "completion" });
  for (const command of completion.commands.values()) {
    for (const [name, argument] of command.arguments) {
      if (!name.startsWith("pipeline")) continue;
      argument.handler = (complete) => {
        for (const id of idsHere()) complete(id, "a pipeline of sluice.yaml");
      };
    }
  }
}

function idsHere(): string[] {
  try {
    return pipelineIds(findPipelineFile(undefined));
  } catch {
    // without a pipeline file there is nothing to offer
    return [];
  }
}
