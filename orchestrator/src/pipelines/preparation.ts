import { log } from "@sluice/protocol/stdio";
import { configureStreams, discover, type OpenPipeline, type StateStore } from "@sluice/runner";
import { audit, type Actor } from "../store/audit-log.ts";
import type { PipelineFields, StoredPipeline } from "../store/pipelines.ts";
import type { Store } from "../store/store.ts";
import { openStored } from "./open-stored.ts";
import { callVerb } from "./verb-call.ts";

/** What each side says that it did; null for one that has nothing to do. */
export type Preparation = { source: string[] | null; destination: string[] | null };
type Options = { ownStates: StateStore; signal: AbortSignal; actor: Actor };

/**
 * Has both sides of a pipeline make what they need, the source first, while it is held. What one of them changes of its
 * configuration is stored before anything else is done. Throws what a side reports.
 */
export async function setUp(store: Store, id: string, { ownStates, signal, actor }: Options): Promise<Preparation> {
  // what is done elsewhere is no part of a transaction: who wanted it is written down before, whatever becomes of it
  await audit(store.database.pool, actor, { action: "pipeline.setup", target: id });
  const open = await openStored(store, ownStates, id);
  const onControl = (role: "source" | "destination") => (config: Record<string, unknown>) => open.control(role, config);
  const source = await callVerb(open.source, { verb: ["setup"], signal, onControl: onControl("source") });
  const files = { "--catalog": await catalogOf(open, signal) };
  const destination = await callVerb(open.destination, {
    verb: ["setup"],
    files,
    signal,
    onControl: onControl("destination"),
  });
  return { source: source ?? null, destination: destination ?? null };
}

/**
 * Resolves to a new pipeline whose sides have made what they need; nothing of it begins before. Throws what a side reports:
 * then there is none.
 */
export async function makeSetUp(store: Store, fields: PipelineFields, options: Options): Promise<StoredPipeline> {
  const { id, version } = await store.pipelines.create({ ...fields, paused: true }, options.actor);
  try {
    await setUp(store, id, options);
  } catch (error) {
    await store.pipelines
      .remove(id, undefined, options.actor)
      .catch((left: unknown) => log("warn", `The pipeline ${id} stays, paused: ${String(left)}`));
    throw error;
  }
  await store.pipelines.release(id, version);
  return store.pipelines.get(id);
}

/**
 * Has both sides of a pipeline remove what was made for it, rows and states of the destination as well, while it is held.
 * Throws what a side reports.
 */
export async function tearDown(store: Store, id: string, { ownStates, signal, actor }: Options): Promise<Preparation> {
  await audit(store.database.pool, actor, { action: "pipeline.teardown", target: id });
  const open = await openStored(store, ownStates, id);
  const files = { "--catalog": await catalogOf(open, signal) };
  const flags = ["--pipeline", id];
  const verb = ["teardown"];
  const onControl = (role: "source" | "destination") => (config: Record<string, unknown>) => open.control(role, config);
  const destination = await callVerb(open.destination, {
    verb,
    flags,
    files,
    signal,
    onControl: onControl("destination"),
  });
  const source = await callVerb(open.source, { verb, signal, onControl: onControl("source") });
  return { source: source ?? null, destination: destination ?? null };
}

async function catalogOf({ source, pipeline }: OpenPipeline, signal: AbortSignal): Promise<string> {
  const streams = configureStreams(await discover(source, { signal }), pipeline.streams, {});
  return JSON.stringify({ streams });
}
