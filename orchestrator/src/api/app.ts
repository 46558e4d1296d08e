import { randomUUID } from "node:crypto";
import helmet from "@fastify/helmet";
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import Fastify from "fastify";
import {
  createJsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from "fastify-type-provider-zod";
import { DOCS, guardAccess } from "./access.ts";
import type { Api, ApiContext } from "./context.ts";
import { answerNotFound, answerProblem, Problem } from "./problem.ts";
import { addAudit } from "./routes/audit.ts";
import { addConnections } from "./routes/connections.ts";
import { addHealth } from "./routes/health.ts";
import { addPipelines } from "./routes/pipelines.ts";
import { addRuns } from "./routes/runs.ts";
import { addSchedules } from "./routes/schedules.ts";
import { addTokens } from "./routes/tokens.ts";

const MAX_BODY_BYTES = 1024 * 1024;
const REQUEST_TIMEOUT_MS = 60_000;

/** Resolves to the API: all routes, who may use them, and the document that describes them. It does not listen yet. */
export async function buildApi(context: ApiContext): Promise<Api> {
  const api: Api = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // an id that a caller sends is not taken: it would be a line of our logs
    genReqId: () => `req_${randomUUID()}`,
  }).withTypeProvider<ZodTypeProvider>();
  api.setValidatorCompiler(validatorCompiler);
  api.setSerializerCompiler(serializerCompiler);
  api.setErrorHandler((error: Error, request, reply) => answerProblem(error, request, reply));
  api.addHook("onSend", async (request, reply) => void reply.header("X-Request-Id", request.id));
  await api.register(helmet, { contentSecurityPolicy: { directives: { "upgrade-insecure-requests": null } } });
  guardAccess(api, context.store);
  api.setNotFoundHandler(answerNotFound);
  await addDocument(api);
  for (const add of [addHealth, addTokens, addConnections, addPipelines, addRuns, addSchedules, addAudit])
    add(api, context);
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
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
      security: [{ token: [] }],
    },
    transform: createJsonSchemaTransform({ skipList: ["/openapi.json"] }),
    transformObject: jsonSchemaTransformObject,
  });
  api.addHook("onRoute", (route) => {
    const { schema } = route;
    if (schema === undefined || typeof schema.response !== "object") return;
    schema.response = { ...schema.response, default: Problem };
    if (route.config?.access === "public") schema.security = [];
  });
  await api.register(swaggerUi, { routePrefix: DOCS, staticCSP: true });
  api.get("/openapi.json", { config: { access: "viewer" }, schema: { hide: true } }, async () => api.swagger());
}
