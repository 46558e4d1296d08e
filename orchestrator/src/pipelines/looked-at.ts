import { SluiceError } from "@sluice/protocol";
import type { PipelineMemory } from "@sluice/runner";
import type { Memory } from "../store/memories.ts";

/** Yields a memory that is read and not written: what is to be remembered comes of runs. */
export function lookedAt(memory: Memory): PipelineMemory {
  return {
    placeOf: (name) => `The table "memories" of the orchestrator, row "${name}",`,
    read: async (name) => memory[name],
    write: async (name) => {
      throw new SluiceError("system", `Something other than a run wants "${name}" to be remembered.`);
    },
  };
}
