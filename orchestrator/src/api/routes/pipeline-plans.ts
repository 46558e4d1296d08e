import { openDraft, openStored } from "../../pipelines/open-stored.ts";
import { planRun } from "../../pipelines/plan.ts";
import { setUp, tearDown } from "../../pipelines/preparation.ts";
import { RunOptions } from "../../pipelines/settings.ts";
import { actorOf } from "../access.ts";
import type { Api, WorkContext } from "../context.ts";
import { IdParams, NewPipeline, Preparation, RunPlan } from "../schemas.ts";

const tags = ["pipelines"];

/** Adds the routes that ask both sides of a pipeline: what a run would do, and to make or remove what it needs. */
export function addPipelinePlans(api: Api, context: WorkContext): void {
  addPlan(api, context);
  addPreparing(api, context);
}

function addPlan(api: Api, { store, ownStates, work }: WorkContext): void {
  api.post(
    "/v1/pipelines/:id/plan",
    {
      config: { access: "operator", isUnkeyed: true },
      schema: {
        tags,
        summary: "Tell what a run would do",
        description: "Asks both sides; nothing is changed.",
        params: IdParams,
        body: RunOptions.omit({ full_refresh: true }).default({}),
        response: { 200: RunPlan },
      },
    },
    ({ params, body: options }, reply) =>
      work.untilLeft(reply, async (signal) => {
        const { pipeline, source, destination } = await openStored(store, ownStates, params.id);
        return planRun({ source, destination, selections: pipeline.streams, options, signal });
      }),
  );
  api.post(
    "/v1/pipelines/plan",
    {
      config: { access: "operator", isUnkeyed: true },
      schema: {
        tags,
        operationId: "pipelines.plan-draft",
        summary: "Tell what the first run of a pipeline would do, before it is made",
        description: "Asks both sides; nothing is changed.",
        body: NewPipeline.omit({ name: true }),
        response: { 200: RunPlan },
      },
    },
    ({ body }, reply) =>
      work.untilLeft(reply, async (signal) => {
        const { pipeline, source, destination } = await openDraft(store, ownStates, body);
        return planRun({ source, destination, selections: pipeline.streams, options: {}, signal });
      }),
  );
}

function addPreparing(api: Api, { store, ownStates, work }: WorkContext): void {
  for (const [verb, prepare, summary] of [
    ["setup", setUp, "Have both sides make what they need"],
    ["teardown", tearDown, "Have both sides remove what was made for a pipeline, rows and states as well"],
  ] as const)
    api.post(
      `/v1/pipelines/:id/${verb}`,
      {
        config: { access: "admin", isUnkeyed: true },
        schema: {
          tags,
          summary,
          description:
            "Not while a run goes on, and none begins meanwhile: the pipeline is paused. A configuration that a side changes is stored before the next step.",
          params: IdParams,
          response: { 200: Preparation },
        },
      },
      (request, reply) =>
        work.untilLeft(reply, (signal) => {
          const { id } = request.params;
          const actor = actorOf(request);
          return store.pipelines.whileHeld(id, () => prepare(store, id, { ownStates, signal, actor }));
        }),
    );
}
