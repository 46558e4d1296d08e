import { configureStreams, discover, type OpenPipeline, type StateStore } from "@sluice/runner";
import type { Store } from "../store/store.ts";
import { openStored } from "./open-stored.ts";
import { callVerb } from "./verb-call.ts";

/** What each side says that it did; null for one that has nothing to do. */
export type Preparation = { source: string[] | null; destination: string[] | null };
type Options = { ownStates: StateStore; signal: AbortSignal };

/**
 * Has both sides of a pipeline make what they need, the source first. What one of them changes of its configuration is
 * stored before anything else is done. Throws `in_use` while a run goes on, and what a side reports.
 */
export async function setUp(store: Store, id: string, { ownStates, signal }: Options): Promise<Preparation> {
  await store.memories.assertIdle(id);
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
 * Has both sides of a pipeline remove what was made for it, rows and states of the destination as well. Throws `in_use`
 * while a run goes on, and what a side reports.
 */
export async function tearDown(store: Store, id: string, { ownStates, signal }: Options): Promise<Preparation> {
  await store.memories.assertIdle(id);
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
