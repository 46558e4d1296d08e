import { ControlOverride } from "@sluice/runner";
import { joinSecrets } from "../secrets/config-secrets.ts";
import type { Store } from "../store/store.ts";
import { lookedAt } from "./looked-at.ts";

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
  const memory = lookedAt(await store.memories.read(pipelineId));
  return { connector, config: await new ControlOverride(memory, role).apply(joinSecrets({ config, secrets })) };
}
