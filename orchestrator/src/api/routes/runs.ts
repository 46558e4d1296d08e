import { z } from "zod";
import { RUN_STATUSES } from "../../store/runs.ts";
import { actorOf } from "../access.ts";
import type { Api, ApiContext } from "../context.ts";
import { IdParams, LogLines, Page, Run, Runs } from "../schemas.ts";

const tags = ["runs"];

/** Adds the routes of runs. */
export function addRuns(api: Api, { store, queue }: ApiContext): void {
  api.get(
    "/v1/runs",
    {
      config: { access: "viewer" },
      schema: {
        tags,
        summary: "List runs, the newest first",
        querystring: Page.extend({ pipeline_id: z.string().optional(), status: z.enum(RUN_STATUSES).optional() }),
        response: { 200: Runs },
      },
    },
    async ({ query: { pipeline_id: pipelineId, status, before, limit } }) => {
      const runs = await store.runs.list({ pipelineId, status, before, limit });
      return { runs, next_before: runs.length < limit ? null : (runs.at(-1)?.number ?? null) };
    },
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
        summary: "Read a run's log from where you left off",
        params: IdParams,
        querystring: z.object({
          after: z.coerce.number().int().min(0).default(0).describe("Only lines with a larger number."),
          limit: z.coerce.number().int().min(1).max(1000).default(200),
        }),
        response: { 200: LogLines },
      },
    },
    async (request) => ({ lines: await store.runs.logs(request.params.id, request.query) }),
  );
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
