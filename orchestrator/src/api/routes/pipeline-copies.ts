import { z } from "zod";
import { pipelineYaml } from "../../pipelines/pipeline-yaml.ts";
import { actorOf } from "../access.ts";
import type { Api, ApiContext } from "../context.ts";
import { IdParams, NewPipeline, StoredPipeline, Text } from "../schemas.ts";
import { etag } from "../versions.ts";

const tags = ["pipelines"];

/** Adds the routes that make pipelines out of others, here and elsewhere. */
export function addPipelineCopies(api: Api, context: ApiContext): void {
  addCloning(api, context);
  addYaml(api, context);
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
