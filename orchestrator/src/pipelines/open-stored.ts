import { SluiceError } from "@sluice/protocol";
import { Pipeline, openPipeline, type OpenPipeline, type PipelineMemory, type StateStore } from "@sluice/runner";
import type { Memory } from "../store/memories.ts";
import type { Store } from "../store/store.ts";
import { wholePipeline } from "./whole-pipeline.ts";

/** Resolves to a pipeline of the store as a run would open it, with what connectors renewed of their configurations. */
export async function openStored(store: Store, ownStates: StateStore, id: string): Promise<OpenPipeline> {
  const pipeline = { ...Pipeline.parse(await wholePipeline(store, id)), id, folder: process.cwd() };
  return openPipeline(pipeline, { ownStates, memory: lookedAt(await store.memories.read(id)) });
}

/** Yields a memory that is read and not written: what is to be remembered comes of runs. */
function lookedAt(memory: Memory): PipelineMemory {
  return {
    placeOf: (name) => `The table "memories" of the orchestrator, row "${name}",`,
    read: async (name) => memory[name],
    write: async (name) => {
      throw new SluiceError("system", `Something other than a run wants "${name}" to be remembered.`);
    },
  };
}
