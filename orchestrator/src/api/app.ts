import { randomUUID } from "node:crypto";
import cookie from "@fastify/cookie";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import Fastify, { type FastifyRequest } from "fastify";
import {
  createJsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from "fastify-type-provider-zod";
import { DOCS, guardAccess } from "./access.ts";
import { limitBodies } from "./body-deadline.ts";
import { ConnectorWork } from "./connector-work.ts";
import type { Api, ApiContext } from "./context.ts";
import { keepAnswers } from "./idempotency.ts";
import { operationId } from "./operation-id.ts";
import { addPage, isForPage, sendPage } from "./page.ts";
import { answerNotFound, answerProblem, Problem } from "./problem.ts";
import { logRequests } from "./request-log.ts";
import { addAudit } from "./routes/audit.ts";
import { addConnections } from "./routes/connections.ts";
import { addData } from "./routes/data.ts";
import { addEngine } from "./routes/engine.ts";
import { addHealth } from "./routes/health.ts";
import { addIngress } from "./routes/ingress.ts";
import { addMetrics } from "./routes/metrics.ts";
import { addNotifications } from "./routes/notifications.ts";
import { addPipelineCopies } from "./routes/pipeline-copies.ts";
import { addPipelinePlans } from "./routes/pipeline-plans.ts";
import { addPipelines } from "./routes/pipelines.ts";
import { addRunDetails } from "./routes/run-details.ts";
import { addRuns } from "./routes/runs.ts";
import { addSchedules } from "./routes/schedules.ts";
import { addSession } from "./routes/session.ts";
import { addStates } from "./routes/states.ts";
import { addTokens } from "./routes/tokens.ts";
import { addWorkers } from "./routes/workers.ts";

const PROBLEM = { description: "A failure.", content: { "application/problem+json": { schema: Problem } } };
const MAX_BODY_BYTES = 1024 * 1024;
const BODY_TIMEOUT_MS = 60_000;

/** Resolves to the API: all routes, who may use them, and the document that describes them. It does not listen yet. */
export async function buildApi(context: ApiContext): Promise<Api> {
  const api: Api = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    trustProxy: context.trustProxy === undefined ? false : [...context.trustProxy],
    // an id that a caller sends is not taken: it would be a line of our logs
    genReqId: () => `req_${randomUUID()}`,
  }).withTypeProvider<ZodTypeProvider>();
  api.setValidatorCompiler(validatorCompiler);
  api.setSerializerCompiler(serializerCompiler);
  api.setErrorHandler((error: Error, request, reply) => answerProblem(error, request, reply));
  api.addHook("onSend", async (request, reply) => {
    void reply.header("X-Request-Id", request.id);
    if (!reply.hasHeader("Cache-Control")) void reply.header("Cache-Control", "no-store");
  });
  await api.register(helmet, { contentSecurityPolicy: { directives: { "upgrade-insecure-requests": null } } });
  await api.register(cookie);
  await api.register(rateLimit, { global: false });
  const isPage = (request: FastifyRequest) => context.page !== undefined && isForPage(request);
  logRequests(api);
  limitBodies(api, BODY_TIMEOUT_MS);
  guardAccess(api, context.store, isPage);
  keepAnswers(api, context.store);
  api.setNotFoundHandler((request, reply) => (isPage(request) ? sendPage(reply) : answerNotFound(request, reply)));
  await addDocument(api);
  const work = new ConnectorWork(api);
  if (context.page !== undefined) await addPage(api, context.page);
  for (const add of [
    addHealth,
    addMetrics,
    addSession,
    addTokens,
    addConnections,
    addPipelines,
    addPipelineCopies,
    addPipelinePlans,
    addData,
    addRuns,
    addRunDetails,
    addWorkers,
    addSchedules,
    addStates,
    addNotifications,
    addIngress,
    addAudit,
    addEngine,
  ])
    add(api, { ...context, work });
  await api.ready();
  return api;
}

async function addDocument(api: Api): Promise<void> {
  await api.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Sluice",
        version: "0.1.0",
        description: "Pipelines, their runs, and what they run between. Every failure is a problem (RFC 9457).",
      },
      components: {
        securitySchemes: {
          token: { type: "http", scheme: "bearer" },
          session: { type: "apiKey", in: "cookie", name: "sluice_session" },
        },
      },
      security: [{ token: [] }, { session: [] }],
    },
    transform: createJsonSchemaTransform({ skipList: ["/openapi.json"] }),
    transformObject: usedSchemas,
  });
  api.addHook("onRoute", (route) => {
    const { schema } = route;
    if (schema === undefined || typeof schema.response !== "object") return;
    const access = route.config?.access;
    schema.response = { ...schema.response, default: PROBLEM };
    if (access === "public") schema.security = [];
    const id = operationId(String(route.method), route.url);
    const named = schema.operationId !== undefined || id === undefined ? {} : { operationId: id };
    route.schema = Object.assign(schema, named, { "x-role": access });
  });
  await api.register(swaggerUi, { routePrefix: DOCS, staticCSP: true });
  api.get("/openapi.json", { config: { access: "viewer" }, schema: { hide: true } }, async () => api.swagger());
}

/** Yields the document with those forms of its schemas that something in it refers to. */
const usedSchemas: typeof jsonSchemaTransformObject = (given) => {
  const document = jsonSchemaTransformObject(given);
  const schemas = "components" in document ? (document.components?.schemas ?? {}) : {};
  const isUnused = (name: string) => !JSON.stringify(document).includes(`"#/components/schemas/${name}"`);
  for (let unused = [""]; unused.length > 0;) {
    unused = Object.keys(schemas).filter(isUnused);
    // what only they referred to is unused, too
    for (const name of unused) delete schemas[name];
  }
  return document;
};
