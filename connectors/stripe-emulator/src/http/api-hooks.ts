import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ownAccountId } from "../data/own-account.ts";
import { positionToken } from "../data/random.ts";
import type { StreamPlan } from "../data/stream-plan.ts";
import type { Store } from "../store/store.ts";
import { sendJson } from "./answer.ts";
import { ApiError } from "./api-error.ts";
import { authenticate, presentedKey, requestedVersion } from "./authentication.ts";
import { closed, garbledBody, severedBody, stalledBody } from "./broken-body.ts";
import type { Fault, Faults } from "./faults.ts";
import type { KeyRing } from "./key-ring.ts";
import { type ErrorTarget, namedError } from "./named-error.ts";
import { RateLimiter } from "./rate-limiter.ts";
import type { RequestLog } from "./request-log.ts";

/** What every request to the emulated API goes through. */
type ApiHookSettings = { seed: number; keys: KeyRing; store: Store; faults: Faults; requests: RequestLog };

declare module "fastify" {
  interface FastifyRequest {
    /** The fault that the request was hit by, unless it was answered by it. */
    fault?: Fault;
    /** The version to answer in. */
    apiVersion?: string;
  }
  interface FastifyContextConfig {
    path?: string;
    plan?: StreamPlan;
  }
}

/** Adds what each answer carries, counts each request, applies faults and limits, and refuses a wrong key or version. */
export function addApiHooks(app: FastifyInstance, { seed, keys, store, faults, requests }: ApiHookSettings): void {
  const limiter = new RateLimiter(() => store.settings.rateLimits);
  const newest = store.catalog.api_version;
  const account = ownAccountId(store.dataset.world);
  let number = 0;
  app.addHook("onRequest", async (request, reply) => {
    if (isControl(request)) return;
    number += 1;
    reply.header("request-id", `req_${positionToken(seed, number).slice(0, 14)}`);
    reply.header("stripe-version", newest);
    reply.header("date", new Date(store.now() * 1000).toUTCString());
    const path = pathOf(request);
    const { path: endpoint = path, plan } = request.routeOptions.config;
    requests.count(endpoint);
    const fault = faults.hit({ method: request.method, path, parameters: Object.keys(Object(request.query)) });
    if (fault !== undefined && (await applyFault(fault, request, reply))) return reply;
    const key = authenticate(request.headers.authorization, keys);
    request.apiVersion = requestedVersion(request.headers["stripe-version"], newest);
    reply.header("stripe-version", request.apiVersion);
    reply.raw.once("close", limiter.admit(endpoint));
    refuseOtherAccount(request, { key, account });
    if (plan !== undefined) keys.require(key, plan);
  });
  app.addHook("onSend", async (request, reply, payload) => {
    const { fault } = request;
    if (fault === undefined || !Buffer.isBuffer(payload)) return payload;
    const { socket } = request.raw;
    if (fault.garble !== undefined) return sized(reply, garbledBody(payload, fault.garble));
    if (fault.reset === "mid_body") return severedBody(sized(reply, payload), socket);
    return fault.hang === "mid_body" ? stalledBody(sized(reply, payload), socket) : payload;
  });

  /** Resolves to true when the fault has answered the request or ended its connection. */
  async function applyFault(fault: Fault, request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
    request.fault = fault;
    if (fault.delayMs !== undefined) await delay(fault.delayMs);
    if (fault.headers !== undefined) reply.headers(fault.headers);
    if (fault.hang === "before_headers" || fault.reset === "before_headers") {
      reply.hijack();
      if (fault.hang === undefined) request.raw.socket.resetAndDestroy();
      else await closed(request.raw.socket);
      return true;
    }
    if (fault.error !== undefined) throw namedError(fault.error, targetOf(request, account));
    if (fault.status === undefined && fault.body === undefined) return false;
    const status = fault.status ?? 200;
    if (typeof fault.body === "string") void reply.code(status).type("application/json").send(Buffer.from(fault.body));
    else sendJson(reply, status, fault.body ?? plannedError(status).body(String(reply.getHeader("request-id"))));
    return true;
  }
}

/** Yields whether the request is for the emulator itself rather than for the API that it stands for. */
export function isControl(request: FastifyRequest): boolean {
  return request.url.startsWith("/_emulator");
}

/** Yields the path of a request without its query. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "";
}

function targetOf(request: FastifyRequest, account: string): ErrorTarget {
  const path = pathOf(request);
  const { starting_after: cursor }: { starting_after?: unknown } = Object(request.query);
  return {
    method: request.method,
    path,
    key: presentedKey(request.headers.authorization),
    account: String(request.headers["stripe-account"] ?? account),
    id: typeof cursor === "string" ? cursor : (path.split("/").at(-1) ?? ""),
    plan: request.routeOptions.config.plan,
  };
}

function refuseOtherAccount(request: FastifyRequest, { key, account }: { key: string; account: string }): void {
  const asked = request.headers["stripe-account"];
  if (asked === undefined || asked === account) return;
  throw namedError("account_invalid", { ...targetOf(request, account), key });
}

function sized(reply: FastifyReply, body: Buffer): Buffer {
  reply.header("content-length", body.length);
  return body;
}

function plannedError(status: number): ApiError {
  const facts = status === 429 ? { status, code: "rate_limit" } : { status };
  return new ApiError("A fault that was asked for.", status >= 500 ? { ...facts, type: "api_error" } : facts);
}
