import { z } from "zod";
import { importPipelines } from "../../pipelines/import-pipelines.ts";
import { pipelineYaml } from "../../pipelines/pipeline-yaml.ts";
import { actorOf } from "../access.ts";
import type { Api, ApiContext } from "../context.ts";
import { IdParams, NewPipeline, StoredPipeline, Text } from "../schemas.ts";
import { etag } from "../versions.ts";

const tags = ["pipelines"];
const MAX_YAML_BYTES = 8 * 1024 * 1024;

/** Adds the routes that make pipelines out of others, here and elsewhere. */
export function addPipelineCopies(api: Api, context: ApiContext): void {
  addCloning(api, context);
  addYaml(api, context);
  addImport(api, context);
}

function addCloning(api: Api, { store }: ApiContext): void {
  api.post(
    "/v1/pipelines/:id/clone",
    {
      config: { access: "admin" },
      schema: {
        tags,
        summary: "Make a pipeline like this one",
        description: "With the same connections and settings, and without its states, so that it begins anew.",
        params: IdParams,
        body: z.strictObject({ name: NewPipeline.shape.name }),
        response: { 201: StoredPipeline },
      },
    },
    async (request, reply) => {
      const { source_id, destination_id, settings } = await store.pipelines.get(request.params.id);
      const fields = { name: request.body.name, source_id, destination_id, settings };
      const pipeline = await store.pipelines.create(fields, actorOf(request));
      return reply.code(201).header("ETag", etag(pipeline.version)).send(pipeline);
    },
  );
}

function addYaml(api: Api, { store }: ApiContext): void {
  api.get(
    "/v1/pipelines/:id/yaml",
    {
      config: { access: "viewer" },
      schema: {
        tags,
        summary: "Get a pipeline as a sluice.yaml",
        description:
          "For the runner without a server. Instead of each secret stands the variable that it is taken from.",
        params: IdParams,
        response: { 200: { description: "YAML.", content: { "application/yaml": { schema: Text } } } },
      },
    },
    async (request, reply) => {
      const pipeline = await store.pipelines.get(request.params.id);
      const source = await store.connections.get(pipeline.source_id);
      const destination = await store.connections.get(pipeline.destination_id);
      return reply.type("application/yaml").send(pipelineYaml(pipeline, { source, destination }));
    },
  );
}

const NewPipelines = z.strictObject({
  yaml: z.string().min(1).describe("The text of a sluice.yaml."),
  variables: z
    .record(z.string(), z.string())
    .default({})
    .describe("What stands for ${NAME} in it. Nothing is taken from the environment and the files of the server.")
    .meta({ writeOnly: true }),
  ids: z.array(z.string()).default([]).describe("Only these of its pipelines; all when it is empty."),
});

function addImport(api: Api, { store, connectors }: ApiContext): void {
  api.post(
    "/v1/pipelines/import",
    {
      config: { access: "admin" },
      bodyLimit: MAX_YAML_BYTES,
      schema: {
        tags,
        summary: "Make the pipelines of a sluice.yaml",
        description: "Each with two connections of its own. All of them are made, or none.",
        body: NewPipelines,
        response: { 201: z.object({ items: z.array(StoredPipeline) }) },
      },
    },
    async (request, reply) => {
      const items = await importPipelines({ store, connectors }, request.body, actorOf(request));
      return reply.code(201).send({ items });
    },
  );
}
