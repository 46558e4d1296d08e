import { ControlOverride } from "@sluice/runner";
import { joinSecrets, type SplitConfig } from "../secrets/config-secrets.ts";
import type { Store } from "../store/store.ts";
import { storedMemory } from "./stored-memory.ts";

/** A side of a pipeline: its connector, and the configuration with its secrets. */
export type ConfiguredSide = { connector: string; config: Record<string, unknown> };

/** Resolves to a side of a pipeline as a run would configure it: with what its connector renewed, such as a token. */
export async function configuredSide(
  store: Store,
  pipelineId: string,
  role: "source" | "destination",
): Promise<ConfiguredSide> {
  const pipeline = await store.pipelines.get(pipelineId);
  const { connector, config, secrets } = await store.connections.withSecrets(pipeline[`${role}_id`]);
  const memory = await storedMemory(store, pipelineId);
  return { connector, config: await new ControlOverride(memory, role).apply(joinSecrets({ config, secrets })) };
}

/**
 * Resolves to a connection with what its connector renewed in the last run of any pipeline that uses it; as `change` would
 * have it, where that is given.
 */
export async function configuredConnection(
  store: Store,
  id: string,
  change: (stored: SplitConfig) => SplitConfig = (stored) => stored,
): Promise<ConfiguredSide> {
  const { connector, kind, config: open, secrets } = await store.connections.withSecrets(id);
  const config = joinSecrets(change({ config: open, secrets }));
  const pipelineId = await store.memories.lastRenewal(id, kind);
  if (pipelineId === undefined) return { connector, config };
  return { connector, config: await new ControlOverride(await storedMemory(store, pipelineId), kind).apply(config) };
}
