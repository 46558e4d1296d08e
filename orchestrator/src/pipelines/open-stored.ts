import { Pipeline, openPipeline, type OpenPipeline, type StateStore } from "@sluice/runner";
import type { Store } from "../store/store.ts";
import { storedMemory } from "./stored-memory.ts";
import { wholePipeline } from "./whole-pipeline.ts";

/** Resolves to a pipeline of the store as a run would open it, with what connectors renewed of their configurations. */
export async function openStored(store: Store, ownStates: StateStore, id: string): Promise<OpenPipeline> {
  const pipeline = { ...Pipeline.parse(await wholePipeline(store, id)), id, folder: process.cwd() };
  return openPipeline(pipeline, { ownStates, memory: await storedMemory(store, id) });
}
