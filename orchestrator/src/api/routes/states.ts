import { z } from "zod";
import { PipelineStates } from "../../pipelines/pipeline-states.ts";
import { actorOf } from "../access.ts";
import type { Api, WorkContext } from "../context.ts";
import { IdParams, IfMatch, NewestStates, StateChanges, States } from "../schemas.ts";
import { etag, tagOf } from "../versions.ts";

const tags = ["states"];
const MAX_BYTES = 16 * 1024 * 1024;
const Line = z.string().max(4_000_000);
const Instant = z.iso.datetime({ offset: true });

/** Adds where pipelines go on from. */
export function addStates(api: Api, { store, ownStates, work }: WorkContext): void {
  const states = new PipelineStates(store, ownStates);
  api.get(
    "/v1/pipelines/:id/states",
    {
      config: { access: "viewer" },
      schema: {
        tags,
        summary: "Get the newest state of each stream",
        params: IdParams,
        response: { 200: NewestStates },
      },
    },
    async ({ params: { id } }, reply) => {
      const newest = await work.untilLeft(reply, (signal) => states.get(id, signal));
      return reply.header("ETag", etag(newest.version)).send(newest);
    },
  );
  api.get(
    "/v1/pipelines/:id/states/history",
    {
      config: { access: "viewer" },
      schema: { tags, summary: "Get the states of the past", params: IdParams, response: { 200: States } },
    },
    async ({ params: { id } }, reply) => ({
      states: await work.untilLeft(reply, (signal) => states.history(id, signal)),
    }),
  );
  api.get(
    "/v1/pipelines/:id/states/diff",
    {
      config: { access: "viewer" },
      schema: {
        tags,
        summary: "Compare the states of two instants",
        description:
          "Stream by stream, as far as the history reaches back. That a stream was read anew is known from its next state on.",
        params: IdParams,
        querystring: z.object({
          from: Instant.describe("The states as they were committed by then, such as the committed_at of one."),
          to: Instant.optional().describe("The ones to compare them with; those of now when left out."),
        }),
        response: { 200: StateChanges },
      },
    },
    async ({ params: { id }, query: { from, to } }, reply) => {
      const moments = { from: new Date(from), to: to === undefined ? undefined : new Date(to) };
      return { streams: await work.untilLeft(reply, (signal) => states.changes(id, moments, signal)) };
    },
  );
  api.put(
    "/v1/pipelines/:id/states",
    {
      config: { access: "operator" },
      bodyLimit: MAX_BYTES,
      schema: {
        tags,
        summary: "Replace the states",
        description:
          "By lines as they were answered, so that no number in them is changed. Not while a run goes on; with If-Match only when all of them are still as they were.",
        params: IdParams,
        headers: IfMatch,
        body: z.strictObject({ states: z.array(Line).min(1).max(10_000) }),
        response: { 200: States },
      },
    },
    async (request) => {
      const { params, body, headers } = request;
      const change = { lines: body.states, version: tagOf(headers["if-match"]) };
      const actor = actorOf(request);
      return { states: await work.toTheEnd((signal) => states.set(params.id, change, { actor, signal })) };
    },
  );
  api.post(
    "/v1/pipelines/:id/states/reset",
    {
      config: { access: "operator" },
      schema: {
        tags,
        summary: "Forget states, so that streams are read anew",
        description:
          "Of these streams, or of all. Not while a run goes on; with If-Match only when all are still as they were.",
        params: IdParams,
        headers: IfMatch,
        body: z.strictObject({ streams: z.array(z.string().max(500)).min(1).max(10_000).optional() }).default({}),
        response: { 200: States },
      },
    },
    async (request) => {
      const { params, body, headers } = request;
      const change = { streams: body.streams, version: tagOf(headers["if-match"]) };
      const actor = actorOf(request);
      return { states: await work.toTheEnd((signal) => states.reset(params.id, change, { actor, signal })) };
    },
  );
}
