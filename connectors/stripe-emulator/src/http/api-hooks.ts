import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { positionToken } from "../data/random.ts";
import type { StreamPlan } from "../data/stream-plan.ts";
import type { Accounts } from "../store/accounts.ts";
import type { Store } from "../store/store.ts";
import { ControlError } from "../control/control-error.ts";
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
type ApiHookSettings = { seed: number; keys: KeyRing; accounts: Accounts; faults: Faults; requests: RequestLog };

declare module "fastify" {
  interface FastifyRequest {
    /** The fault that the request was hit by, unless it was answered by it. */
    fault?: Fault;
    /** The version to answer in. */
    apiVersion?: string;
    /** The account whose data the request is about, and what is in it. */
    account: string;
    store: Store;
  }
  interface FastifyContextConfig {
    path?: string;
    plan?: StreamPlan;
  }
}

/** Adds what each answer carries, counts each request, applies faults and limits, and refuses a wrong key or version. */
export function addApiHooks(app: FastifyInstance, { seed, keys, accounts, faults, requests }: ApiHookSettings): void {
  const { own } = accounts;
  // each account has its limits to itself, see https://docs.stripe.com/rate-limits
  const limiters = new Map<string, RateLimiter>();
  const newest = own.catalog.api_version;
  let number = 0;
  app.decorateRequest("account", "");
  app.decorateRequest("store");
  app.addHook("onRequest", async (request, reply) => {
    request.account = String(request.headers["stripe-account"] ?? request.headers["stripe-context"] ?? accounts.ownId);
    if (isControl(request)) {
      request.store = controlledStore(accounts, request.account);
      return;
    }
    number += 1;
    reply.header("request-id", `req_${positionToken(seed, number).slice(0, 14)}`);
    reply.header("stripe-version", newest);
    reply.header("date", new Date(own.now() * 1000).toUTCString());
    const path = pathOf(request);
    const { path: endpoint = path, plan } = request.routeOptions.config;
    reply.raw.once("close", requests.begin(endpoint));
    const { method, account } = request;
    const fault = faults.hit({ method, path, account, parameters: Object.keys(Object(request.query)) });
    if (fault !== undefined && (await applyFault(fault, request, reply))) return reply;
    const key = authenticate(request.headers.authorization, keys);
    request.apiVersion = requestedVersion(request.headers["stripe-version"], newest);
    reply.header("stripe-version", request.apiVersion);
    request.store = openedStore(accounts, request, key);
    reply.raw.once("close", limiterOf(account).admit(endpoint));
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

  function limiterOf(account: string): RateLimiter {
    const limiter = limiters.get(account) ?? new RateLimiter(() => own.settings.rateLimits);
    limiters.set(account, limiter);
    return limiter;
  }

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
    if (fault.error !== undefined) throw namedError(fault.error, targetOf(request));
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

function targetOf(request: FastifyRequest): ErrorTarget {
  const path = pathOf(request);
  const { starting_after: cursor }: { starting_after?: unknown } = Object(request.query);
  return {
    method: request.method,
    path,
    key: presentedKey(request.headers.authorization),
    account: request.account,
    id: typeof cursor === "string" ? cursor : (path.split("/").at(-1) ?? ""),
    plan: request.routeOptions.config.plan,
  };
}

/** Yields what is in the account that a request asks for; throws the API's refusal of one that the key does not open. */
function openedStore(accounts: Accounts, request: FastifyRequest, key: string): Store {
  const store = accounts.store(request.account);
  if (store === undefined) throw namedError("account_invalid", { ...targetOf(request), key });
  // an account that is connected has none connected to it
  if (store !== accounts.own && pathOf(request).startsWith("/v1/accounts"))
    throw namedError("accounts_of_connected", { ...targetOf(request), key });
  return store;
}

function controlledStore(accounts: Accounts, account: string): Store {
  const store = accounts.store(account);
  if (store !== undefined) return store;
  throw new ControlError(`The account "${account}" is not connected; add it as an object of the kind "account".`);
}

function sized(reply: FastifyReply, body: Buffer): Buffer {
  reply.header("content-length", body.length);
  return body;
}

function plannedError(status: number): ApiError {
  const facts = status === 429 ? { status, code: "rate_limit" } : { status };
  return new ApiError("A fault that was asked for.", status >= 500 ? { ...facts, type: "api_error" } : facts);
}
