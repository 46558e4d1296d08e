import { findPipelineFile, loadPipelines } from "@sluice/runner";
import { answered, type ApiClient, type Schemas } from "../client/index.ts";
import { escaped, yamlOf } from "../pipelines/pipeline-yaml.ts";

/**
 * Resolves to the pipelines of a sluice.yaml as they are made on a server: all of them, or none. What stands in the
 * environment and in files is filled in here, on the machine where it is.
 */
export async function importPipelines(
  client: ApiClient,
  { ids, file }: { ids: readonly string[]; file: string | undefined },
): Promise<Schemas["Pipeline"][]> {
  const pipelines = loadPipelines(findPipelineFile(file), { ids });
  const filled = pipelines.map(({ id, folder: _, ...pipeline }) => [id, escaped(pipeline)] as const);
  const yaml = yamlOf(Object.fromEntries(filled));
  const { items } = await answered(client.POST("/v1/pipelines/import", { body: { yaml } }));
  return items;
}
