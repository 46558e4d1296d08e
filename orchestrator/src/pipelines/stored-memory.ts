import { SluiceError } from "@sluice/protocol";
import type { PipelineMemory } from "@sluice/runner";
import type { Store } from "../store/store.ts";

/** Resolves to what is remembered of a pipeline, for who is no run of it; writing throws `in_use` while one goes on. */
export async function storedMemory(store: Store, pipelineId: string): Promise<PipelineMemory> {
  const memory = await store.memories.read(pipelineId);
  return {
    placeOf: (name) => `The table "memories" of the orchestrator, row "${name}",`,
    read: async (name) => memory[name],
    async write(name, text) {
      await store.memories.writeIdle(pipelineId, { name, text });
      memory[name] = text;
    },
  };
}

/** The memory of a pipeline that is not there yet. */
export const NOTHING_REMEMBERED: PipelineMemory = {
  placeOf: (name) => `"${name}"`,
  read: async () => undefined,
  write: async (name) => {
    throw new SluiceError("system", `"${name}" of a pipeline that is not there yet cannot be remembered.`);
  },
};
