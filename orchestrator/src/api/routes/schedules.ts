import { z } from "zod";
import type { ScheduleFields } from "../../store/schedules.ts";
import { actorOf } from "../access.ts";
import type { Api, ApiContext } from "../context.ts";
import { answeredPage, pageAnswer, pageQuery, pageRequest } from "../pages.ts";
import { NewSchedule, Schedule } from "../schedule-schemas.ts";
import { IdParams, IfMatch } from "../schemas.ts";
import { etag, versionOf } from "../versions.ts";

const tags = ["schedules"];

/** Adds the routes of schedules. */
export function addSchedules(api: Api, { store }: ApiContext): void {
  api.get(
    "/v1/schedules",
    {
      config: { access: "viewer" },
      schema: {
        tags,
        summary: "List schedules, with what keeps them from running",
        querystring: pageQuery("text", "text"),
        response: { 200: pageAnswer(Schedule) },
      },
    },
    async ({ query }) => answeredPage(await store.schedules.list({}, pageRequest(query))),
  );
  api.get(
    "/v1/pipelines/:id/schedules",
    {
      config: { access: "viewer" },
      schema: {
        tags,
        summary: "List the schedules of a pipeline",
        params: IdParams,
        querystring: pageQuery("text", "text"),
        response: { 200: pageAnswer(Schedule) },
      },
    },
    async ({ params: { id }, query }) => {
      await store.pipelines.get(id);
      return answeredPage(await store.schedules.list({ pipelineId: id }, pageRequest(query)));
    },
  );
  api.post(
    "/v1/pipelines/:id/schedules",
    {
      config: { access: "admin" },
      schema: {
        tags,
        operationId: "schedules.create",
        summary: "Run a pipeline by a schedule",
        description: "Of an instant that several schedules of a pipeline name, one run is made.",
        params: IdParams,
        body: NewSchedule,
        response: { 201: Schedule },
      },
    },
    async (request, reply) => {
      const schedule = await store.schedules.create(request.params.id, fieldsOf(request.body), actorOf(request));
      return reply.code(201).header("ETag", etag(schedule.version)).send(schedule);
    },
  );
  addOne(api, store);
}

function addOne(api: Api, store: ApiContext["store"]): void {
  api.get(
    "/v1/schedules/:id",
    {
      config: { access: "viewer" },
      schema: { tags, summary: "Get a schedule", params: IdParams, response: { 200: Schedule } },
    },
    async (request, reply) => {
      const schedule = await store.schedules.get(request.params.id);
      return reply.header("ETag", etag(schedule.version)).send(schedule);
    },
  );
  api.put(
    "/v1/schedules/:id",
    {
      config: { access: "admin" },
      schema: {
        tags,
        summary: "Replace a schedule",
        description: "With If-Match only when it is still as it was. What held it back is forgotten.",
        params: IdParams,
        headers: IfMatch,
        body: NewSchedule,
        response: { 200: Schedule },
      },
    },
    async (request, reply) => {
      const change = { version: versionOf(request.headers["if-match"]), fields: fieldsOf(request.body) };
      const schedule = await store.schedules.update(request.params.id, change, actorOf(request));
      return reply.header("ETag", etag(schedule.version)).send(schedule);
    },
  );
  api.delete(
    "/v1/schedules/:id",
    {
      config: { access: "admin" },
      schema: { tags, summary: "Delete a schedule; its runs stay", params: IdParams, response: { 204: z.null() } },
    },
    async (request, reply) => {
      await store.schedules.remove(request.params.id, actorOf(request));
      return reply.code(204).send(null);
    },
  );
}

function fieldsOf({ cron, time_zone, every_s, options, priority }: z.output<typeof NewSchedule>): ScheduleFields {
  if (cron !== undefined) return { cron, time_zone: time_zone ?? "UTC", every_s: null, options, priority };
  // the schema asks for one of the two
  return { cron: null, time_zone: null, every_s: every_s ?? 0, options, priority };
}
