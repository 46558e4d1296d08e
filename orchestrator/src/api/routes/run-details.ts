import { z } from "zod";
import type { Api, ApiContext } from "../context.ts";
import { answeredPage, pageAnswer, pageQuery, pageRequest } from "../pages.ts";
import { DeadLetter, RunSample } from "../run-detail-schemas.ts";
import { IdParams } from "../schemas.ts";

const tags = ["runs"];

/** Adds what a run left behind: the records that were rejected, and how fast it was. */
export function addRunDetails(api: Api, { store }: ApiContext): void {
  api.get(
    "/v1/runs/:id/dead-letters",
    {
      config: { access: "operator" },
      schema: {
        tags,
        summary: "List a run's rejected records, the oldest first",
        params: IdParams,
        querystring: pageQuery("number"),
        response: { 200: pageAnswer(DeadLetter) },
      },
    },
    async ({ params: { id }, query }) => {
      await store.runs.get(id);
      return answeredPage(await store.deadLetters.list(id, pageRequest(query)));
    },
  );
  api.get(
    "/v1/runs/:id/throughput",
    {
      config: { access: "viewer" },
      schema: {
        tags,
        summary: "Tell how fast a run was, the oldest sample first",
        description: "A sample every two seconds at first, and more rarely the longer it goes on.",
        params: IdParams,
        response: { 200: z.object({ samples: z.array(RunSample) }) },
      },
    },
    async ({ params: { id } }) => {
      await store.runs.get(id);
      return { samples: await store.samples.of(id) };
    },
  );
}
