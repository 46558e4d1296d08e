import { SpanStatusCode, type Span } from "@opentelemetry/api";
import { log } from "@sluice/protocol/stdio";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { requestSpan } from "../telemetry/tracing.ts";

/** What is asked all the time, by machines or by the page, is told only to those who want to know all. */
const QUIET = /^\/(healthz|readyz|metrics|v1\/ingress)/;

/** Logs each request with its id, and with the run that it is about; traces it where traces are wanted. Paths and queries, which may hold secrets, are not told. */
export function logRequests(app: FastifyInstance): void {
  const spans = new WeakMap<FastifyRequest, Span>();
  app.addHook("onRequest", async (request) => {
    const { method } = request;
    const route = routeOf(request);
    const attributes = { "http.request.method": method, "http.route": route, "sluice.request_id": request.id };
    spans.set(request, requestSpan(`${method} ${route}`, attributes));
  });
  app.addHook("onResponse", async (request, reply) => {
    const span = spans.get(request);
    span?.setAttribute("http.response.status_code", reply.statusCode);
    if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
    const route = routeOf(request);
    const isNews = (request.method !== "GET" || reply.statusCode >= 400) && !QUIET.test(route);
    const run = runOf(request, reply);
    log(isNews ? "info" : "debug", `${request.method} ${route} ${reply.statusCode}`, {
      request_id: request.id,
      duration_ms: Math.round(reply.elapsedTime),
      ...(request.token === null ? {} : { token_id: request.token.id }),
      ...(run === undefined ? {} : { run_id: run }),
    });
  });
}

function routeOf({ routeOptions }: FastifyRequest): string {
  return routeOptions.url ?? "of no route";
}

/** The run that is asked about, or that was made. */
function runOf(request: FastifyRequest, reply: FastifyReply): string | undefined {
  const [, made] = /^\/v1\/runs\/(run_[\w-]+)$/.exec(String(reply.getHeader("location") ?? "")) ?? [];
  if (made !== undefined) return made;
  const { id } = (request.params ?? {}) as { id?: string };
  return routeOf(request).startsWith("/v1/runs/:id") && /^run_[\w-]{1,64}$/.test(id ?? "") ? id : undefined;
}
