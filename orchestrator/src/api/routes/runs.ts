import { Readable } from "node:stream";
import { z } from "zod";
import { RUN_STATUSES } from "../../store/runs.ts";
import { StoreConflict } from "../../store/store-conflict.ts";
import { actorOf } from "../access.ts";
import type { Api, ApiContext } from "../context.ts";
import { answeredPage, pageAnswer, pageQuery, pageRequest } from "../pages.ts";
import { isToldToTheEnd, runEvents } from "../run-events.ts";
import { LogPage, RetryOptions } from "../run-detail-schemas.ts";
import { IdParams, LogLevel, Run, Text } from "../schemas.ts";

const tags = ["runs"];

/** Adds the routes of runs. */
export function addRuns(api: Api, context: ApiContext): void {
  addReading(api, context);
  addEvents(api, context);
  addCancelling(api, context);
  addRetrying(api, context);
}

function addReading(api: Api, { store }: ApiContext): void {
  api.get(
    "/v1/runs",
    {
      config: { access: "viewer" },
      schema: {
        tags,
        summary: "List runs, the newest first",
        querystring: pageQuery("number").extend({
          pipeline_id: z.string().max(100).optional(),
          status: z.enum(RUN_STATUSES).optional(),
        }),
        response: { 200: pageAnswer(Run) },
      },
    },
    async ({ query: { pipeline_id: pipelineId, status, ...page } }) =>
      answeredPage(await store.runs.list({ pipelineId, status }, pageRequest(page))),
  );
  api.get(
    "/v1/runs/:id",
    {
      config: { access: "viewer" },
      schema: { tags, summary: "Get a run", params: IdParams, response: { 200: Run } },
    },
    (request) => store.runs.get(request.params.id),
  );
  api.get(
    "/v1/runs/:id/logs",
    {
      config: { access: "viewer" },
      schema: {
        tags,
        summary: "Read a run's log, the oldest line first",
        description:
          "The newest 10,000 lines of a run are kept; they are numbered from 1, so the first one's number tells how many are gone. What comes while it goes on is told by /v1/runs/{id}/events.",
        params: IdParams,
        querystring: pageQuery("number").extend({
          level: LogLevel.default("debug").describe("Only lines of this level or a graver one."),
          behind: z.coerce.number().int().min(0).max(1e15).optional().describe("Only lines behind that number."),
          contains: z.string().max(200).optional().describe("Only lines with this text, whatever its case."),
        }),
        response: { 200: LogPage },
      },
    },
    async ({ params: { id }, query: { level, behind, contains, ...query } }) => {
      const levels = LogLevel.options.slice(LogLevel.options.indexOf(level));
      const { after = behind === undefined ? undefined : [String(behind)], limit } = pageRequest(query);
      const lines = await store.runs.logs(id, { levels, contains }, { after, limit });
      return { ...answeredPage(lines), first_error: await store.runs.firstError(id) };
    },
  );
}

function addEvents(api: Api, { store }: ApiContext): void {
  const closing = new AbortController();
  api.addHook("preClose", async () => closing.abort());
  api.get(
    "/v1/runs/:id/events",
    {
      config: { access: "viewer" },
      schema: {
        tags,
        summary: "Watch a run as server-sent events",
        description:
          "log for each line, run whenever it has changed, end when all is told. Goes on behind Last-Event-ID; 204 when nothing can follow that.",
        params: IdParams,
        headers: z.looseObject({
          "last-event-id": z.string().max(40).optional().describe("The id of the last event that arrived."),
        }),
        response: {
          200: { description: "Events, as they come.", content: { "text/event-stream": { schema: Text } } },
          204: z.null().describe("All was told."),
        },
      },
    },
    async (request, reply) => {
      const lastEventId = request.headers["last-event-id"] ?? "";
      const { id: runId } = await store.runs.get(request.params.id);
      if (isToldToTheEnd(lastEventId)) return reply.code(204).send(null);
      const tokenId = request.token?.id ?? "";
      const events = runEvents(store, { runId, tokenId, lastEventId, signal: closing.signal });
      void reply.type("text/event-stream").header("X-Accel-Buffering", "no");
      // a connection that is kept for another request would hold up the end of the server
      return reply.header("Connection", "close").send(Readable.from(events));
    },
  );
}

function addCancelling(api: Api, { store, queue }: ApiContext): void {
  api.post(
    "/v1/runs/:id/cancel",
    {
      config: { access: "operator" },
      schema: {
        tags,
        summary: "Ask a run to end",
        description: "One that goes on stops in order: what is committed stays, and the next run goes on from there.",
        params: IdParams,
        response: { 202: Run },
      },
    },
    async (request, reply) => {
      const run = await store.runs.cancel(request.params.id, actorOf(request));
      await queue.remove(run.id);
      return reply.code(202).send(run);
    },
  );
}

function addRetrying(api: Api, { store, queue }: ApiContext): void {
  api.post(
    "/v1/runs/:id/retry",
    {
      config: { access: "operator" },
      schema: {
        tags,
        summary: "Run again what has ended, or one stream or range of it",
        description: "With the options of that run, but for those that are given; it goes on from the newest states.",
        params: IdParams,
        body: RetryOptions.default({}),
        response: { 202: Run },
      },
    },
    async (request, reply) => {
      const before = await store.runs.get(request.params.id);
      if (before.ended_at === null)
        throw new StoreConflict("in_use", `The run "${before.id}" has not ended; cancel it, or wait for its end.`);
      const options = { ...before.options, ...request.body };
      const wish = { pipelineId: before.pipeline_id, options, reason: "retry" as const };
      const run = await store.runs.create(wish, actorOf(request));
      await queue.add(run);
      return reply.code(202).header("Location", `/v1/runs/${run.id}`).send(run);
    },
  );
}
