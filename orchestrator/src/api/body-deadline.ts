import type { FastifyInstance, FastifyRequest } from "fastify";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Its body is a stream that may go on for as long as what it is for, once its sender may send it. */
    isStreamed?: boolean;
  }
}

/**
 * Closes a connection whose request's body is not here after so long, whatever was answered meanwhile, so that nobody
 * holds places by sending slowly. Node's own limit knows no routes: it would cut a body that back-pressure slows down.
 */
export function limitBodies(app: FastifyInstance, timeoutMs: number): void {
  const deadlines = new WeakMap<FastifyRequest, NodeJS.Timeout>();
  app.addHook("onRequest", async (request, reply) => {
    const { raw } = request;
    if (raw.headers["content-length"] === undefined && raw.headers["transfer-encoding"] === undefined) return;
    const deadline = setTimeout(() => {
      if (raw.complete || raw.readableEnded) return;
      if (reply.raw.headersSent) raw.destroy();
      else reply.raw.writeHead(408, { Connection: "close" }).end(() => raw.destroy());
    }, timeoutMs).unref();
    deadlines.set(request, deadline);
    raw.once("close", () => clearTimeout(deadline));
  });
  // behind all that refuses a request for who makes it
  app.addHook("preParsing", async (request) => {
    if (request.routeOptions.config.isStreamed === true) clearTimeout(deadlines.get(request));
  });
}
