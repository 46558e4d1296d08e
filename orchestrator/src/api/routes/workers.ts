import { z } from "zod";
import type { Api, ApiContext } from "../context.ts";
import { answeredPage, pageQuery, pageRequest } from "../pages.ts";
import { WaitingRuns, Worker } from "../run-detail-schemas.ts";

const tags = ["workers"];

/** Adds who works, and what waits. */
export function addWorkers(api: Api, { store }: ApiContext): void {
  api.get(
    "/v1/workers",
    {
      config: { access: "viewer" },
      schema: {
        tags,
        operationId: "workers.list",
        summary: "List the workers that live, with their runs",
        response: { 200: z.object({ items: z.array(Worker) }) },
      },
    },
    async () => ({ items: await store.workers.list() }),
  );
  api.get(
    "/v1/queue",
    {
      config: { access: "viewer" },
      schema: {
        tags,
        operationId: "queue.list",
        summary: "List the runs that wait, in their order, each with the reason",
        querystring: pageQuery("number", "number"),
        response: { 200: WaitingRuns },
      },
    },
    async ({ query }) => {
      const [page, count] = await Promise.all([store.runs.waiting(pageRequest(query)), store.runs.countWaiting()]);
      return { ...answeredPage(page), count };
    },
  );
}
