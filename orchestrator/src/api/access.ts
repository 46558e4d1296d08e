import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Actor } from "../store/audit-log.ts";
import { ROLES, type Role, type Token } from "../store/tokens.ts";
import type { Store } from "../store/store.ts";
import { Refusal } from "./problem.ts";
import { assertSameSite, sessionToken } from "./session-cookie.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The least role that may use a route; "public" needs no token. */
    access?: Role | "public";
  }
  interface FastifyRequest {
    token: Token | null;
  }
}

/** Where the API is described to people. */
export const DOCS = "/docs";

/**
 * Lets only those in whose token may do what a route does. A route that does not say who may use it is a defect. Of what
 * there is no route for, only the addresses of the page need no token.
 */
export function guardAccess(
  app: FastifyInstance,
  store: Store,
  isPage: (request: FastifyRequest) => boolean = () => false,
): void {
  app.decorateRequest("token", null);
  app.addHook("onRoute", (route) => {
    // the plugin that shows the document adds its routes by itself
    if (route.url.startsWith(DOCS)) route.config = { ...route.config, access: "viewer" };
    if (route.config?.access === undefined)
      throw new TypeError(`The route ${String(route.method)} ${route.url} does not say who may use it.`);
  });
  app.addHook("onRequest", async (request) => {
    const { access } = request.routeOptions.config;
    // a path that does not exist is told to nobody without a token
    if (access === "public" || (access === undefined && isPage(request))) return;
    request.token = (await tokenOf(request, store)) ?? null;
    if (request.token === null)
      throw new Refusal(401, "Give a token: Authorization: Bearer sluice_… (an admin makes one with POST /v1/tokens).");
    if (access !== undefined && ROLES.indexOf(request.token.role) < ROLES.indexOf(access))
      throw new Refusal(
        403,
        `This needs the role "${access}", and the token "${request.token.name}" has "${request.token.role}".`,
      );
  });
}

/** Yields who makes a request, for the audit log. */
export function actorOf({ token, id }: FastifyRequest): Actor {
  return { tokenId: token?.id ?? null, requestId: id };
}

/** Resolves to the token of a text, if it is one that may be used. */
export async function findToken(text: string | undefined, store: Store): Promise<Token | undefined> {
  return text !== undefined && /^sluice_[\w-]{1,100}$/.test(text) ? store.tokens.find(text) : undefined;
}

/** A header wins over a cookie, which a browser sends by itself. */
async function tokenOf(request: FastifyRequest, store: Store): Promise<Token | undefined> {
  const { authorization } = request.headers;
  if (authorization !== undefined) return findToken(/^Bearer (.*)$/.exec(authorization)?.[1], store);
  const token = await findToken(sessionToken(request), store);
  if (token !== undefined) assertSameSite(request);
  return token;
}
