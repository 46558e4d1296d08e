import { joinSecrets } from "../secrets/config-secrets.ts";
import type { Store } from "../store/store.ts";

/** Resolves to a pipeline of a sluice.yaml, with both sides configured, secrets included: for who is about to run them. */
export async function wholePipeline(store: Store, id: string): Promise<Record<string, unknown>> {
  const pipeline = await store.pipelines.get(id);
  const side = async (connectionId: string) => {
    const { connector, config, secrets } = await store.connections.withSecrets(connectionId);
    return { connector, config: joinSecrets({ config, secrets }) };
  };
  const [source, destination] = await Promise.all([side(pipeline.source_id), side(pipeline.destination_id)]);
  return { ...pipeline.settings, source, destination };
}
