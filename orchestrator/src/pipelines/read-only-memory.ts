import { SluiceError } from "@sluice/protocol";
import type { PipelineMemory } from "@sluice/runner";
import type { Memory } from "../store/memories.ts";

/** Yields what is remembered of a pipeline, for who asks its connectors and runs nothing. */
export function readOnlyMemory(memory: Memory): PipelineMemory {
  return {
    placeOf: (name) => `What is remembered as "${name}"`,
    read: async (name) => memory[name],
    write: async (name) => {
      throw new SluiceError("system", `Only a run may change what is remembered as "${name}".`);
    },
  };
}
