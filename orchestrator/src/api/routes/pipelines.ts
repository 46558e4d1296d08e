import { z } from "zod";
import { actorOf } from "../access.ts";
import type { Api, ApiContext } from "../context.ts";
import { IdParams, NewPipeline, PipelineChange, Run, RunOptions, StoredPipeline } from "../schemas.ts";
import { etag, versionOf } from "../versions.ts";

const tags = ["pipelines"];

/** Adds the routes of pipelines. */
export function addPipelines(api: Api, context: ApiContext): void {
  addReading(api, context);
  addChanging(api, context);
  addRunning(api, context);
}

function addReading(api: Api, { store }: ApiContext): void {
  api.get(
    "/v1/pipelines",
    {
      config: { access: "viewer" },
      schema: { tags, summary: "List pipelines", response: { 200: z.object({ pipelines: z.array(StoredPipeline) }) } },
    },
    async () => ({ pipelines: await store.pipelines.list() }),
  );
  api.get(
    "/v1/pipelines/:id",
    {
      config: { access: "viewer" },
      schema: { tags, summary: "Get a pipeline", params: IdParams, response: { 200: StoredPipeline } },
    },
    async (request, reply) => {
      const pipeline = await store.pipelines.get(request.params.id);
      return reply.header("ETag", etag(pipeline.version)).send(pipeline);
    },
  );
}

function addChanging(api: Api, { store }: ApiContext): void {
  api.post(
    "/v1/pipelines",
    {
      config: { access: "admin" },
      schema: { tags, summary: "Make a pipeline", body: NewPipeline, response: { 201: StoredPipeline } },
    },
    async (request, reply) => {
      const pipeline = await store.pipelines.create(request.body, actorOf(request));
      return reply.code(201).header("ETag", etag(pipeline.version)).send(pipeline);
    },
  );
  api.patch(
    "/v1/pipelines/:id",
    {
      config: { access: "admin" },
      schema: {
        tags,
        summary: "Change a pipeline",
        description: "With If-Match only when it is still as it was. A run that goes on is not changed by it.",
        params: IdParams,
        body: PipelineChange,
        response: { 200: StoredPipeline },
      },
    },
    async (request, reply) => {
      const given = Object.entries(request.body).filter(([, value]) => value !== undefined);
      const change = { version: versionOf(request.headers["if-match"]), fields: Object.fromEntries(given) };
      const pipeline = await store.pipelines.update(request.params.id, change, actorOf(request));
      return reply.header("ETag", etag(pipeline.version)).send(pipeline);
    },
  );
  for (const [verb, paused, summary] of [
    ["pause", true, "Pause a pipeline: nothing begins until it is resumed"],
    ["resume", false, "Resume a pipeline"],
  ] as const) {
    api.post(
      `/v1/pipelines/:id/${verb}`,
      {
        config: { access: "operator" },
        schema: { tags, summary, params: IdParams, response: { 200: StoredPipeline } },
      },
      (request) =>
        store.pipelines.update(request.params.id, { version: undefined, fields: { paused } }, actorOf(request)),
    );
  }
  api.delete(
    "/v1/pipelines/:id",
    {
      config: { access: "admin" },
      schema: { tags, summary: "Delete a pipeline and its runs", params: IdParams, response: { 204: z.null() } },
    },
    async (request, reply) => {
      await store.pipelines.remove(request.params.id, actorOf(request));
      return reply.code(204).send(null);
    },
  );
}

function addRunning(api: Api, { store, queue }: ApiContext): void {
  api.post(
    "/v1/pipelines/:id/runs",
    {
      config: { access: "operator" },
      schema: {
        tags: ["runs"],
        summary: "Run a pipeline",
        description: "Answers as soon as the run is in the queue.",
        params: IdParams,
        body: RunOptions.default({}),
        response: { 202: Run },
      },
    },
    async (request, reply) => {
      const wish = { pipelineId: request.params.id, options: request.body, reason: "manual" as const };
      const run = await store.runs.create(wish, actorOf(request));
      await queue.add(run);
      return reply.code(202).header("Location", `/v1/runs/${run.id}`).send(run);
    },
  );
}
