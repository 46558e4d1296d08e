import { Pipeline, openPipeline, type OpenPipeline, type StateStore } from "@sluice/runner";
import type { Store } from "../store/store.ts";
import { NOTHING_REMEMBERED, storedMemory } from "./stored-memory.ts";
import { wholeDraft, wholePipeline, type PipelineDraft } from "./whole-pipeline.ts";

/** Resolves to a pipeline of the store as a run would open it, with what connectors renewed of their configurations. */
export async function openStored(store: Store, ownStates: StateStore, id: string): Promise<OpenPipeline> {
  const pipeline = { ...Pipeline.parse(await wholePipeline(store, id)), id, folder: process.cwd() };
  return openPipeline(pipeline, { ownStates, memory: await storedMemory(store, id) });
}

/** Resolves to a pipeline that is not stored, opened to be looked at: it has no states and remembers nothing. */
export async function openDraft(store: Store, ownStates: StateStore, draft: PipelineDraft): Promise<OpenPipeline> {
  const pipeline = { ...Pipeline.parse(await wholeDraft(store, draft)), id: "draft", folder: process.cwd() };
  return openPipeline(pipeline, { ownStates, memory: NOTHING_REMEMBERED });
}
