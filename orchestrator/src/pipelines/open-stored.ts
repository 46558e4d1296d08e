import { Pipeline, openPipeline, type OpenPipeline } from "@sluice/runner";
import { ownStatesIn } from "../store/states.ts";
import type { Store } from "../store/store.ts";
import { readOnlyMemory } from "./read-only-memory.ts";
import { wholePipeline } from "./whole-pipeline.ts";

/** Resolves to a pipeline of the store as a run would open it, with what connectors renewed of their configurations. */
export async function openStored(store: Store, id: string): Promise<OpenPipeline> {
  const pipeline = { ...Pipeline.parse(await wholePipeline(store, id)), id, folder: process.cwd() };
  const memory = readOnlyMemory(await store.memories.read(id));
  return openPipeline(pipeline, { ownStates: ownStatesIn(store.database.url), memory });
}
