import { SluiceError } from "@sluice/protocol";
import { findPipelineFile, loadPipelines, type LoadedPipeline } from "@sluice/runner";
import { answered, type ApiClient, type Schemas, type paths } from "../client/index.ts";

type Settings = NonNullable<paths["/v1/pipelines"]["post"]["requestBody"]["content"]["application/json"]["settings"]>;

/**
 * Yields the pipelines of a sluice.yaml as they are made on a server, each with two connections of its own. What stands
 * in the environment and in files is filled in here, on the machine where it is.
 */
export async function* importPipelines(
  client: ApiClient,
  { ids, file }: { ids: readonly string[]; file: string | undefined },
): AsyncGenerator<Schemas["Pipeline"]> {
  for (const pipeline of loadPipelines(findPipelineFile(file), { ids })) {
    const { id: name, folder: _, source, destination, state, ...settings } = pipeline;
    if (state !== undefined)
      throw new SluiceError("config", `pipelines.${name}.state: the server keeps the states; leave it out.`);
    const sourceId = await connection(client, { name: `${name} source`, side: source });
    const destinationId = await connection(client, { name: `${name} destination`, side: destination });
    const sides = { source_id: sourceId, destination_id: destinationId };
    yield answered(client.POST("/v1/pipelines", { body: { name, ...sides, settings: settings as Settings } }));
  }
}

async function connection(
  client: ApiClient,
  { name, side }: { name: string; side: LoadedPipeline["source"] },
): Promise<string> {
  const { connector, config, command, env } = side;
  if (connector === undefined || command !== undefined || env.length > 0)
    throw new SluiceError(
      "config",
      `${name}: the server runs connectors that are installed on it; name one, and leave out command and env.`,
    );
  return (await answered(client.POST("/v1/connections", { body: { name, connector, config } }))).id;
}
