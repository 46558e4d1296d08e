import { SluiceError } from "@sluice/protocol";
import { Pipeline, openPipeline, type OpenPipeline, type PipelineMemory, type StateStore } from "@sluice/runner";
import { joinSecrets } from "../secrets/config-secrets.ts";
import type { Memory } from "../store/memories.ts";
import type { Store } from "../store/store.ts";

/** Resolves to a pipeline of the store as a run would open it, with what connectors renewed of their configurations. */
export async function openStored(store: Store, ownStates: StateStore, id: string): Promise<OpenPipeline> {
  const { source_id, destination_id, settings } = await store.pipelines.get(id);
  const [source, destination] = await Promise.all([sideOf(store, source_id), sideOf(store, destination_id)]);
  const pipeline = { ...Pipeline.parse({ ...settings, source, destination }), id, folder: process.cwd() };
  return openPipeline(pipeline, { ownStates, memory: lookedAt(await store.memories.read(id)) });
}

async function sideOf({ connections }: Store, id: string) {
  const { connector, config, secrets } = await connections.withSecrets(id);
  return { connector, config: joinSecrets({ config, secrets }) };
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
