import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { positionToken } from "../data/random.ts";
import { sendJson } from "./answer.ts";
import { ApiError } from "./api-error.ts";
import { authenticate, requestedVersion } from "./authentication.ts";
import type { Fault, Faults } from "./faults.ts";
import type { RequestLog } from "./request-log.ts";
import { severedBody } from "./severed-body.ts";

/** What every request to the emulated API goes through. */
type ApiHookSettings = {
  seed: number;
  apiKeys: ReadonlySet<string>;
  apiVersion: string;
  faults: Faults;
  requests: RequestLog;
  /** Yields the current unix seconds. */
  clock: () => number;
};

declare module "fastify" {
  interface FastifyRequest {
    /** Set when the answer is to be cut off in the middle of its body. */
    isCutOff?: boolean;
  }
  interface FastifyContextConfig {
    path?: string;
  }
}

/** Adds what each answer carries, counts each request, applies faults, and refuses a wrong key or version. */
export function addApiHooks(app: FastifyInstance, settings: ApiHookSettings): void {
  const { seed, apiKeys, apiVersion, faults, requests, clock } = settings;
  let number = 0;
  app.addHook("onRequest", async (request, reply) => {
    if (isControl(request)) return;
    number += 1;
    reply.header("request-id", `req_${positionToken(seed, number).slice(0, 14)}`);
    reply.header("stripe-version", apiVersion);
    reply.header("date", new Date(clock() * 1000).toUTCString());
    const path = pathOf(request);
    requests.count(request.routeOptions.config.path ?? path);
    const fault = faults.hit({ method: request.method, path, parameters: Object.keys(Object(request.query)) });
    if (fault !== undefined && (await applyFault(fault, request, reply))) return reply;
    authenticate(request.headers.authorization, apiKeys);
    reply.header("stripe-version", requestedVersion(request.headers["stripe-version"], apiVersion));
  });
  app.addHook("onSend", async (request, reply, payload) => {
    if (request.isCutOff !== true || !Buffer.isBuffer(payload)) return payload;
    reply.header("content-length", payload.length);
    return severedBody(payload, request.raw.socket);
  });
}

/** Yields whether the request is for the emulator itself rather than for the API that it stands for. */
export function isControl(request: FastifyRequest): boolean {
  return request.url.startsWith("/_emulator");
}

/** Yields the path of a request without its query. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "";
}

/** Resolves to true when the fault has answered the request or ended its connection. */
async function applyFault(fault: Fault, request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
  if (fault.delayMs !== undefined) await delay(fault.delayMs);
  if (fault.headers !== undefined) reply.headers(fault.headers);
  if (fault.reset === "before_headers") {
    reply.hijack();
    request.raw.socket.resetAndDestroy();
    return true;
  }
  request.isCutOff = fault.reset === "mid_body";
  if (fault.status === undefined && fault.body === undefined) return false;
  const status = fault.status ?? 200;
  if (typeof fault.body === "string") void reply.code(status).type("application/json").send(Buffer.from(fault.body));
  else sendJson(reply, status, fault.body ?? plannedError(status).body(String(reply.getHeader("request-id"))));
  return true;
}

function plannedError(status: number): ApiError {
  const facts = status === 429 ? { status, code: "rate_limit" } : { status };
  return new ApiError("A fault that was asked for.", status >= 500 ? { ...facts, type: "api_error" } : facts);
}
