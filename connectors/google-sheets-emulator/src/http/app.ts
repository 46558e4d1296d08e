import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { ApiError, errorBody, invalid } from "../api-error.ts";
import type { Clock } from "../clock.ts";
import { ControlError, registerControlRoutes } from "../control/control-routes.ts";
import type { Drive } from "../drive.ts";
import type { Limits } from "../settings.ts";
import { type Fault, type Faults } from "./faults.ts";
import type { Quota } from "./quota.ts";
import type { LoggedRequest, RequestLog } from "./request-log.ts";
import { findRoute } from "./sheets-api.ts";
import { TokenError, type Tokens } from "./tokens.ts";

/** What the server answers from. */
export type Service = {
  clock: Clock;
  limits: Limits;
  drive: Drive;
  tokens: Tokens;
  quota: Quota;
  faults: Faults;
  requests: RequestLog;
};

const MAX_URL_CHARACTERS = 8192;
const MAX_BODY_BYTES = 256 * 1024 * 1024;

/** Yields the server, not listening yet: the emulated API, and the emulator's own paths under /_emulator. */
export function buildApp(service: Service): FastifyInstance {
  const app = Fastify({
    logger: false,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    bodyLimit: MAX_BODY_BYTES,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.post("/token", (request, reply) =>
    withFaults(service, { request, reply }, () =>
      service.tokens.grant(new URLSearchParams(bodyOf(request).toString())),
    ),
  );
  app.all("/v4/*", (request, reply) => withFaults(service, { request, reply }, () => callApi(service, request)));
  registerControlRoutes(app, service);
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof ApiError) return reply.code(error.status).send(errorBody(error.status, error.message));
    if (error instanceof TokenError)
      return reply.code(400).send({ error: error.error, error_description: error.message });
    if (error instanceof ControlError) return reply.code(400).send({ error: { message: error.message } });
    const message = error instanceof Error ? error.message : String(error);
    return reply.code(500).send(errorBody(500, `The emulator failed: ${message}`));
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send(errorBody(404, `The emulator has no ${request.method} ${pathOf(request)}.`)),
  );
  return app;
}

function callApi({ tokens, quota, limits, drive }: Service, request: FastifyRequest): unknown {
  if (request.url.length > MAX_URL_CHARACTERS) throw new ApiError(414, "The requested URL is too large to process.");
  const user = tokens.userOf(request.headers.authorization);
  const bytes = bodyOf(request);
  if (bytes.length > limits.payloadBytes)
    throw new ApiError(413, `Request payload size exceeds the limit: ${limits.payloadBytes} bytes.`);
  const { pathname: path, searchParams: query } = new URL(request.url, "http://emulator");
  const route = findRoute({ method: request.method, path, query, body: parseBody(bytes), user });
  if (route === undefined) throw new ApiError(404, `The emulator has no ${request.method} ${path}.`);
  quota.admit(route.kind, user);
  return route.run(drive);
}

/** Yields the parsed body of a request; throws the API's refusal of what is no JSON object. */
export function parseBody(bytes: Buffer): Record<string, unknown> {
  if (bytes.length === 0) return {};
  try {
    return JSON.parse(bytes.toString());
  } catch {
    // as Google words it, without the text
    throw invalid("Invalid JSON payload received.");
  }
}

export function bodyOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

type Exchange = { request: FastifyRequest; reply: FastifyReply };

async function withFaults({ faults, requests, tokens }: Service, exchange: Exchange, answer: () => unknown) {
  const { request, reply } = exchange;
  const path = pathOf(request);
  const logged: LoggedRequest = { method: request.method, path, bytes: bodyOf(request).length };
  requests.add(logged);
  const fault = faults.hit(path);
  if (fault?.expireTokens === true) tokens.expireAll();
  if (fault !== undefined && fault.when !== "after" && (await strike(fault, exchange, requests))) return reply;
  const answered = logging(logged, answer);
  if (fault?.when === "after" && (await strike(fault, exchange, requests))) return reply;
  return reply.header("content-type", "application/json; charset=UTF-8").send(answered);
}

function logging<T>(logged: LoggedRequest, answer: () => T): T {
  try {
    const answered = answer();
    logged.status = 200;
    return answered;
  } catch (error) {
    logged.status = error instanceof ApiError ? error.status : 400;
    throw error;
  }
}

/** Resolves to whether the fault took the place of the answer. */
async function strike(fault: Fault, { request, reply }: Exchange, requests: RequestLog): Promise<boolean> {
  const { socket } = request.raw;
  if (fault.hang === true) {
    reply.hijack();
    requests.hangs();
    await new Promise<void>((resolve) => socket.once("close", () => resolve()));
    return true;
  }
  if (fault.reset === true) {
    reply.hijack();
    socket.resetAndDestroy();
    return true;
  }
  if (fault.status === undefined) return false;
  if (fault.retryAfterSeconds !== undefined) reply.header("retry-after", String(fault.retryAfterSeconds));
  reply.code(fault.status).send(errorBody(fault.status, "A fault was asked for."));
  return true;
}

function pathOf(request: FastifyRequest): string {
  return decodeURIComponent(request.url.split("?", 1)[0] ?? "");
}
