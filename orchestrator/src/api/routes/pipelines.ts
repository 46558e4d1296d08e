import { z } from "zod";
import { makeSetUp, tearDown } from "../../pipelines/preparation.ts";
import { actorOf } from "../access.ts";
import type { Api, ApiContext, WorkContext } from "../context.ts";
import { answeredPage, pageAnswer, pageQuery, pageRequest } from "../pages.ts";
import {
  HealthFilter,
  IdParams,
  IfMatch,
  NewPipeline,
  PipelineChange,
  PipelineHealth,
  Run,
  TriggerOptions,
  StoredPipeline,
} from "../schemas.ts";
import { etag, versionOf } from "../versions.ts";

const tags = ["pipelines"];

/** Adds the routes of pipelines. */
export function addPipelines(api: Api, context: WorkContext): void {
  addReading(api, context);
  addChanging(api, context);
  addRunning(api, context);
}

function addReading(api: Api, { store }: ApiContext): void {
  api.get(
    "/v1/pipelines",
    {
      config: { access: "viewer" },
      schema: {
        tags,
        summary: "List pipelines",
        querystring: pageQuery("text", "text"),
        response: { 200: pageAnswer(StoredPipeline) },
      },
    },
    async ({ query }) => answeredPage(await store.pipelines.list(pageRequest(query))),
  );
  api.get(
    "/v1/pipelines/health",
    {
      config: { access: "viewer" },
      schema: {
        tags,
        summary: "List pipelines with how they are",
        description: "Their last and next runs, and what became of those of the last 30 days.",
        querystring: HealthFilter.extend(pageQuery("text", "text").shape),
        response: { 200: pageAnswer(PipelineHealth) },
      },
    },
    async ({ query: { health, contains, pipeline_id, ...page } }) => {
      const filter = { health, text: contains, pipelineId: pipeline_id };
      return answeredPage(await store.pipelines.health(filter, pageRequest(page)));
    },
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

const YesOrNo = z.enum(["true", "false"]).default("false");

function addChanging(api: Api, { store, ownStates, work }: WorkContext): void {
  api.post(
    "/v1/pipelines",
    {
      config: { access: "admin" },
      schema: {
        tags,
        summary: "Make a pipeline",
        description:
          "With setup=true both sides make what they need, while it is paused; when one of them cannot, no pipeline is made.",
        querystring: z.object({ setup: YesOrNo }),
        body: NewPipeline,
        response: { 201: StoredPipeline },
      },
    },
    async (request, reply) => {
      const actor = actorOf(request);
      const make = (signal: AbortSignal) => makeSetUp(store, request.body, { ownStates, signal, actor });
      const pipeline =
        request.query.setup === "true"
          ? await work.untilLeft(reply, make)
          : await store.pipelines.create(request.body, actor);
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
        headers: IfMatch,
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
      async (request, reply) => {
        const change = { version: undefined, fields: { paused } };
        const pipeline = await store.pipelines.update(request.params.id, change, actorOf(request));
        return reply.header("ETag", etag(pipeline.version)).send(pipeline);
      },
    );
  }
  api.delete(
    "/v1/pipelines/:id",
    {
      config: { access: "admin" },
      schema: {
        tags,
        summary: "Delete a pipeline and its runs",
        description:
          "With teardown=true both sides remove first what was made for it, rows as well; when one of them cannot, it stays.",
        params: IdParams,
        querystring: z.object({ teardown: YesOrNo }),
        headers: IfMatch,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const version = versionOf(request.headers["if-match"]);
      const { id } = request.params;
      const actor = actorOf(request);
      const remove = () => store.pipelines.remove(id, version, actor);
      if (request.query.teardown === "true") {
        await store.pipelines.assertVersion(id, version);
        await work.untilLeft(reply, (signal) =>
          store.pipelines.whileHeld(id, async () => {
            await tearDown(store, id, { ownStates, signal, actor });
            await remove();
          }),
        );
      } else await remove();
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
        operationId: "pipelines.run",
        summary: "Run a pipeline",
        description: "Answers as soon as the run is in the queue.",
        params: IdParams,
        body: TriggerOptions.default({}),
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
