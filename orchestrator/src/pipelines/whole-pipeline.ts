import { joinSecrets } from "../secrets/config-secrets.ts";
import type { Store } from "../store/store.ts";

/** What is moved where, of a pipeline that is stored or may become one. */
export type PipelineDraft = { source_id: string; destination_id: string; settings: Record<string, unknown> };

/** Resolves to a pipeline of a sluice.yaml, with both sides configured, secrets included: for who is about to run them. */
export async function wholePipeline(store: Store, id: string): Promise<Record<string, unknown>> {
  return wholeDraft(store, await store.pipelines.get(id));
}

/** Resolves to the same of one that is not stored. */
export async function wholeDraft(store: Store, pipeline: PipelineDraft): Promise<Record<string, unknown>> {
  const side = async (connectionId: string) => {
    const { connector, config, secrets } = await store.connections.withSecrets(connectionId);
    return { connector, config: joinSecrets({ config, secrets }) };
  };
  const [source, destination] = await Promise.all([side(pipeline.source_id), side(pipeline.destination_id)]);
  return { ...pipeline.settings, source, destination };
}
