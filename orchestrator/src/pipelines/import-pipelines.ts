import { SluiceError } from "@sluice/protocol";
import { parsePipelines, type Pipeline } from "@sluice/runner";
import type { Connectors } from "../connectors.ts";
import { splitSecrets } from "../secrets/config-secrets.ts";
import type { Actor } from "../store/audit-log.ts";
import type { NewConnection } from "../store/connections.ts";
import type { StoredPipeline } from "../store/pipelines.ts";
import type { Store } from "../store/store.ts";

type Imported = { yaml: string; variables: Record<string, string>; ids: readonly string[] };

/**
 * Makes the pipelines of a sluice.yaml, or those with the given ids, each with two connections of its own: all of them,
 * or none. The text's variables are the given ones; it is not told what is in the environment and the files of the
 * server. Throws `config` that names the field.
 */
export async function importPipelines(
  { store, connectors }: { store: Store; connectors: Connectors },
  { yaml, variables, ids }: Imported,
  actor: Actor,
): Promise<StoredPipeline[]> {
  const pipelines = parsePipelines(yaml, { file: "yaml", ids, env: variables, folder: undefined });
  const drafts: {
    name: string;
    sides: Record<NewConnection["kind"], NewConnection>;
    settings: Record<string, unknown>;
  }[] = [];
  for (const { id: name, source, destination, state, ...settings } of pipelines) {
    if (state !== undefined)
      throw new SluiceError("config", `pipelines.${name}.state: the server keeps the states; leave it out.`);
    const sides = {
      source: await side(connectors, { pipeline: name, kind: "source", given: source }),
      destination: await side(connectors, { pipeline: name, kind: "destination", given: destination }),
    };
    drafts.push({ name, sides, settings });
  }
  return store.database.transaction(async (client) => {
    const made: StoredPipeline[] = [];
    for (const { name, sides, settings } of drafts) {
      const source = await store.connections.insert(client, sides.source, actor);
      const destination = await store.connections.insert(client, sides.destination, actor);
      const fields = { name, source_id: source.id, destination_id: destination.id, settings };
      made.push(await store.pipelines.insert(client, fields, actor));
    }
    return made;
  });
}

type Side = { pipeline: string; kind: NewConnection["kind"]; given: Pipeline["source"] };

async function side(connectors: Connectors, { pipeline, kind, given }: Side): Promise<NewConnection> {
  const field = `pipelines.${pipeline}.${kind}`;
  if (given.connector === undefined || given.env.length > 0)
    throw new SluiceError(
      "config",
      `${field}: the server runs connectors that are installed on it; name one, and leave out command and env.`,
    );
  const spec = await connectors.spec(given.connector);
  if (spec.connector.kind !== kind)
    throw new SluiceError("config", `${field}.connector: ${given.connector} is a ${spec.connector.kind}.`);
  const split = splitSecrets(given.config, spec.config);
  return { name: `${pipeline} ${kind}`, connector: given.connector, kind, ...split };
}
