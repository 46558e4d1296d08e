import { log } from "@sluice/protocol/stdio";
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import { z } from "zod";
import type { Store } from "../store/store.ts";
import type { KeyedRequest } from "../store/answers.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** A POST that answers a stream, or has nothing to repeat, takes no idempotency key. */
    isUnkeyed?: boolean;
  }
  interface FastifyRequest {
    keyed: KeyedRequest | null;
  }
}

const KEY = z.looseObject({
  "idempotency-key": z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, "it must have 1 to 200 visible ASCII characters")
    .optional()
    .describe("A text of your choice: the same request under the same key is carried out once in 24 hours."),
});
/** What of an answer is given again, besides its status and body. */
const HEADERS = ["content-type", "etag", "location"] as const;

/** Lets each POST be repeated without being carried out twice, when it has an Idempotency-Key. */
export function keepAnswers(app: FastifyInstance, store: Store): void {
  app.decorateRequest("keyed", null);
  app.addHook("onRoute", (route) => {
    if (!takesKey(route)) return;
    const own = route.schema?.headers;
    route.schema = { ...route.schema, headers: own instanceof z.ZodObject ? KEY.extend(own.shape) : KEY };
  });
  app.addHook("preHandler", async (request, reply) => {
    const key = request.headers["idempotency-key"];
    const { method, config } = request.routeOptions;
    if (typeof key !== "string" || method !== "POST" || config.isUnkeyed === true || request.token === null) return;
    const keyed = { tokenId: request.token.id, key, requestId: request.id, content: contentOf(request) };
    // also when the database is lost just behind it: the key may be taken
    request.keyed = keyed;
    const answer = await store.answers.begin(keyed);
    if (answer === undefined) return;
    request.keyed = null;
    void reply.code(answer.status).headers({ ...answer.headers, "Idempotent-Replayed": "true" });
    return reply.send(answer.body);
  });
  app.addHook("onSend", async (request, reply, payload) => {
    const { keyed } = request;
    if (keyed === null) return;
    // it is what it is, also where it cannot be given again
    await keep(store, { keyed, reply, payload }).catch((error: unknown) =>
      log("warn", `What became of a request is not kept for its key: ${String(error)}`, { request_id: request.id }),
    );
  });
}

function takesKey({ method, config }: RouteOptions): boolean {
  return method === "POST" && config?.isUnkeyed !== true;
}

function contentOf({ method, url, body }: FastifyRequest): string {
  return `${method} ${url}\n${JSON.stringify(body) ?? ""}`;
}

async function keep(
  store: Store,
  { keyed, reply, payload }: { keyed: KeyedRequest; reply: FastifyReply; payload: unknown },
): Promise<void> {
  if (reply.statusCode >= 500 || typeof payload !== "string") return store.answers.giveUp(keyed);
  const given = HEADERS.flatMap((name) => {
    const value = reply.getHeader(name);
    return value === undefined ? [] : [[name, String(value)] as const];
  });
  await store.answers.keep(keyed, { status: reply.statusCode, headers: Object.fromEntries(given), body: payload });
}
