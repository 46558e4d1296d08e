import { z } from "zod";
import { PipelineStates } from "../../pipelines/pipeline-states.ts";
import { actorOf } from "../access.ts";
import type { Api, ApiContext } from "../context.ts";
import { IdParams } from "../schemas.ts";

const MAX_STATES = 10_000;
const MAX_BYTES = 16 * 1024 * 1024;

const States = z
  .object({
    states: z
      .array(z.string())
      .max(MAX_STATES)
      .describe("State messages as lines of JSON, byte by byte as they are stored, numbers of any length included."),
  })
  .meta({ id: "States" });

const tags = ["states"];

/** Adds the routes of states: where a pipeline goes on. */
export function addStates(api: Api, { store }: ApiContext): void {
  const states = new PipelineStates(store);
  api.get(
    "/v1/pipelines/:id/states",
    {
      config: { access: "viewer" },
      schema: {
        tags,
        summary: "Read where a pipeline goes on: the newest state of each scope",
        params: IdParams,
        response: { 200: States },
      },
    },
    async ({ params: { id } }) => ({ states: await states.get(id) }),
  );
  api.get(
    "/v1/pipelines/:id/states/history",
    {
      config: { access: "viewer" },
      schema: {
        tags,
        summary: "Read the last states of each scope, oldest first, with the times of their commits",
        params: IdParams,
        response: { 200: States },
      },
    },
    async ({ params: { id } }) => ({ states: await states.history(id) }),
  );
  api.put(
    "/v1/pipelines/:id/states",
    {
      config: { access: "operator" },
      bodyLimit: MAX_BYTES,
      schema: {
        tags,
        summary: "Replace the states of a pipeline",
        description: "By lines that were answered here or by the history. Refused while a run goes on.",
        params: IdParams,
        body: z.strictObject(States.shape),
        response: { 200: States },
      },
    },
    async (request) => {
      const { id } = request.params;
      await states.set(id, request.body.states, actorOf(request));
      return { states: await states.get(id) };
    },
  );
  api.delete(
    "/v1/pipelines/:id/states",
    {
      config: { access: "operator" },
      schema: {
        tags,
        summary: "Forget the states of a pipeline, or of one of its streams, so that it is read again",
        params: IdParams,
        querystring: z.object({ stream: z.string().min(1).optional() }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await states.forget(request.params.id, request.query.stream, actorOf(request));
      return reply.code(204).send(null);
    },
  );
}
