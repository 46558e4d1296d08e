import Fastify, { type FastifyError, type FastifyInstance } from "fastify";
import { ControlError } from "../control/control-error.ts";
import { type Controlled, registerControlRoutes } from "../control/control-routes.ts";
import { sendJson } from "./answer.ts";
import { ApiError, unrecognizedUrl } from "./api-error.ts";
import { addApiHooks, isControl, pathOf } from "./api-hooks.ts";
import { acceptForms } from "./form-body.ts";
import { registerApiRoutes } from "./api-routes.ts";
import { PageRenderer } from "./page-renderer.ts";
import { registerV2Routes } from "./v2-routes.ts";

/** What the server answers from. */
type AppSettings = Controlled & { seed: number; pageCacheBytes: number };

/** Yields the server, not listening yet: the emulated API, and the emulator's own paths under /_emulator. */
export function buildApp({ seed, pageCacheBytes, ...controlled }: AppSettings): FastifyInstance {
  const { accounts, faults, requests, keys, push } = controlled;
  const app = Fastify({ logger: false, exposeHeadRoutes: false, forceCloseConnections: true });
  acceptForms(app);
  addApiHooks(app, { seed, keys, accounts, faults, requests });
  const renderer = new PageRenderer(pageCacheBytes);
  registerApiRoutes(app, accounts, renderer);
  registerV2Routes(app, accounts, renderer);
  push.register(app);
  registerControlRoutes(app, controlled);
  app.setNotFoundHandler((request) => {
    const path = pathOf(request);
    if (isControl(request))
      throw new ControlError(`The emulator has no ${request.method} ${path}; README.md lists its paths.`);
    throw unrecognizedUrl(request.method, path);
  });
  app.setErrorHandler((error: FastifyError | ApiError | ControlError, request, reply) => {
    if (error instanceof ApiError) {
      reply.headers(error.facts.headers ?? {});
      return sendJson(reply, error.facts.status, error.body(String(reply.getHeader("request-id"))));
    }
    const isRefusal = error instanceof ControlError || (error.statusCode !== undefined && error.statusCode < 500);
    if (isControl(request) && isRefusal) return sendJson(reply, 400, { error: { message: error.message } });
    if (isRefusal) {
      const refusal = unrecognizedUrl(request.method, pathOf(request));
      return sendJson(reply, refusal.facts.status, refusal.body(String(reply.getHeader("request-id"))));
    }
    const failure = new ApiError(`The emulator failed: ${error.message}`, { status: 500, type: "api_error" });
    return sendJson(reply, 500, failure.body(String(reply.getHeader("request-id"))));
  });
  return app;
}
