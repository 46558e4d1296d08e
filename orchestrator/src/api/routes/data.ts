import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { stringify } from "csv-stringify/sync";
import { z } from "zod";
import { DestinationDatabase } from "../../data/destination-database.ts";
import { Questions } from "../../data/questions.ts";
import { dataTables } from "../../data/tables.ts";
import { Places } from "../../places.ts";
import { StoreConflict } from "../../store/store-conflict.ts";
import { actorOf } from "../access.ts";
import type { Api, ApiContext } from "../context.ts";
import { DataRows, DataTable, NewDownload, NewQuestion, TailedTable } from "../data-schemas.ts";
import { leavingOf } from "../leaving.ts";
import { answeredPage, pageAnswer, pageQuery, pageRequest } from "../pages.ts";
import { IdParams, Text } from "../schemas.ts";
import { tailEvents } from "../tail-events.ts";

const tags = ["data"];
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const MAX_FILE_BYTES = 32 * 1024 * 1024;
/** Tables that are watched at a time, each over a connection of its own. */
const MAX_TAILS = 32;
/** Records are shown to those who run and repair; a viewer sees how much was moved, not what. */
const access = "operator";

/** Adds the routes that look at what a pipeline has written; only those to a Postgres can be looked at. */
export function addData(api: Api, context: ApiContext): void {
  const questions = new Questions(context.store);
  addTables(api, context);
  addAsking(api, questions);
  addFile(api, questions);
  addCancelling(api, questions);
  addTail(api, context);
}

function addTables(api: Api, { store }: ApiContext): void {
  api.get(
    "/v1/pipelines/:id/data/tables",
    {
      config: { access },
      schema: {
        tags,
        operationId: "data.tables",
        summary: "List the tables that a pipeline writes to, and those beside them",
        params: IdParams,
        querystring: pageQuery("text", "text"),
        response: { 200: pageAnswer(DataTable) },
      },
    },
    async ({ params, query }) => {
      await using database = await DestinationDatabase.open(store, params.id, "sluice");
      return answeredPage(await dataTables(database, pageRequest(query)));
    },
  );
}

function addAsking(api: Api, questions: Questions): void {
  api.post(
    "/v1/pipelines/:id/data/query",
    {
      config: { access, isUnkeyed: true },
      schema: {
        tags,
        operationId: "data.query",
        summary: "Read the destination by one statement of SQL",
        description:
          "As the login of its connection, in a transaction that can change nothing. Whoever goes away ends it. It is in the audit log.",
        params: IdParams,
        body: NewQuestion,
        response: { 200: DataRows },
      },
    },
    async (request, reply) => {
      const begunAt = performance.now();
      const question = questionOf(request.params.id, request.body, leavingOf(reply));
      const answer = await questions.ask({ ...question, maxBytes: MAX_ANSWER_BYTES }, actorOf(request));
      return { ...answer, duration_ms: Math.round(performance.now() - begunAt) };
    },
  );
}

function addFile(api: Api, questions: Questions): void {
  api.post(
    "/v1/pipelines/:id/data/csv",
    {
      config: { access, isUnkeyed: true },
      schema: {
        tags,
        operationId: "data.csv",
        summary: "Read the destination by one statement of SQL, into a file",
        description: "Like query; Sluice-Truncated is rows or bytes when there was too much of them.",
        params: IdParams,
        body: NewDownload,
        response: { 200: { description: "CSV (RFC 4180).", content: { "text/csv": { schema: Text } } } },
      },
    },
    async (request, reply) => {
      const question = questionOf(request.params.id, request.body, leavingOf(reply));
      const { columns, rows, truncated } = await questions.ask(
        { ...question, maxBytes: MAX_FILE_BYTES },
        actorOf(request),
      );
      if (truncated !== null) void reply.header("Sluice-Truncated", truncated);
      void reply.type("text/csv; charset=utf-8").header("Content-Disposition", 'attachment; filename="rows.csv"');
      return reply.send(stringify([columns.map(({ name }) => name), ...rows], { record_delimiter: "windows" }));
    },
  );
}

function addCancelling(api: Api, questions: Questions): void {
  api.post(
    "/v1/pipelines/:id/data/cancel",
    {
      config: { access, isUnkeyed: true },
      schema: {
        tags,
        operationId: "data.cancel",
        summary: "End a question that goes on",
        params: IdParams,
        body: z.strictObject({ query_id: z.uuid() }),
        response: { 204: z.null() },
      },
    },
    async ({ params, body }, reply) => {
      if (!(await questions.cancel(params.id, body.query_id)))
        throw new StoreConflict("not_found", `No question ${body.query_id} goes on; it may have ended.`);
      return reply.code(204).send(null);
    },
  );
}

function addTail(api: Api, { store }: ApiContext): void {
  const closing = new AbortController();
  const places = new Places({ of: "watched tables", count: MAX_TAILS });
  api.addHook("preClose", async () => closing.abort());
  api.get(
    "/v1/pipelines/:id/data/tail",
    {
      config: { access },
      schema: {
        tags,
        operationId: "data.tail",
        summary: "Watch a table as server-sent events",
        description:
          "columns first, then rows: the 100 newest, and those that change, each time with `more` when there were others. The table is looked at once a second at most.",
        params: IdParams,
        querystring: TailedTable,
        response: { 200: { description: "Events, as they come.", content: { "text/event-stream": { schema: Text } } } },
      },
    },
    async (request, reply) => {
      const place = await places.take();
      reply.raw.once("close", () => place[Symbol.dispose]());
      const { schema, table: name } = request.query;
      const tokenId = request.token?.id ?? "";
      const signal = AbortSignal.any([closing.signal, leavingOf(reply)]);
      const events = await tailEvents(store, {
        pipelineId: request.params.id,
        table: { schema, name },
        tokenId,
        signal,
      });
      void reply.type("text/event-stream").header("X-Accel-Buffering", "no");
      // a connection that is kept for another request would hold up the end of the server
      return reply.header("Connection", "close").send(Readable.from(events));
    },
  );
}

function questionOf(
  pipelineId: string,
  { sql, max_rows: maxRows, timeout_ms: timeoutMs, query_id: queryId = randomUUID() }: z.output<typeof NewQuestion>,
  signal: AbortSignal,
) {
  return { pipelineId, sql, maxRows, timeoutMs, queryId, signal };
}
