import { Readable } from "node:stream";
import { z } from "zod";
import { audit } from "../../store/audit-log.ts";
import { actorOf } from "../access.ts";
import type { Api, ApiContext } from "../context.ts";
import { answeredPage, pageAnswer, pageQuery, pageRequest } from "../pages.ts";
import { DeadLetter, RunSample } from "../run-detail-schemas.ts";
import { IdParams, Text } from "../schemas.ts";

const tags = ["runs"];

/** Adds what a run left behind: the records that were rejected, how fast it was, and what its source said. */
export function addRunDetails(api: Api, context: ApiContext): void {
  addDeadLetters(api, context);
  addThroughput(api, context);
  addRecording(api, context);
}

function addDeadLetters(api: Api, { store }: ApiContext): void {
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
}

function addThroughput(api: Api, { store }: ApiContext): void {
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

function addRecording(api: Api, { store }: ApiContext): void {
  api.get(
    "/v1/runs/:id/recording",
    {
      config: { access: "operator" },
      schema: {
        tags,
        summary: "Get what a run's source said, with all values replaced",
        description:
          "Of a run with `record`: a compressed file of lines, as sluice replay takes it. Each attempt has one; Sluice-Recordings is how many there are, and Sluice-Truncated is bytes where there was too much to be kept. It is in the audit log.",
        params: IdParams,
        querystring: z.object({
          number: z.coerce
            .number()
            .int()
            .min(1)
            .max(1e6)
            .optional()
            .describe("Which one, from 1; the last one if none."),
        }),
        response: {
          200: { description: "Lines (gzip, RFC 1952).", content: { "application/gzip": { schema: Text } } },
        },
      },
    },
    async (request, reply) => {
      const { id } = await store.runs.get(request.params.id);
      const { number, count, isCut } = await store.recordings.find(id, request.query.number);
      await audit(store.database.pool, actorOf(request), { action: "run.recording", target: id, detail: { number } });
      void reply.type("application/gzip").header("Sluice-Recordings", count);
      void reply.header("Content-Disposition", `attachment; filename="${id}-${number}.ndjson.gz"`);
      if (isCut) void reply.header("Sluice-Truncated", "bytes");
      return reply.send(Readable.from(store.recordings.parts({ runId: id, number })));
    },
  );
}
