import type { FastifyReply, FastifyRequest } from "fastify";
import { Refusal } from "./problem.ts";

const NAME = "sluice_session";
const SECONDS = 7 * 24 * 3600;
const SAFE_METHODS = ["GET", "HEAD", "OPTIONS"];

/** Yields the token that a browser logged in with. */
export function sessionToken({ cookies }: FastifyRequest): string | undefined {
  return cookies[NAME];
}

/** Logs a browser in for a week: the page cannot read the cookie, and no other site can have it sent. */
export function setSession(request: FastifyRequest, reply: FastifyReply, token: string): void {
  void reply.setCookie(NAME, token, { ...attributes(request), maxAge: SECONDS });
}

export function clearSession(request: FastifyRequest, reply: FastifyReply): void {
  void reply.clearCookie(NAME, attributes(request));
}

/**
 * Throws for a change that a page of another site asks for. Browsers say where a request comes from in Sec-Fetch-Site,
 * older ones in Origin; one that says neither is not a browser's, and has no business with a cookie.
 */
export function assertSameSite({ method, headers, host }: FastifyRequest): void {
  if (SAFE_METHODS.includes(method)) return;
  const site = headers["sec-fetch-site"];
  const isSame = site === undefined ? hostOf(headers.origin) === host : site === "same-origin";
  if (!isSame)
    throw new Refusal(403, "A change by a browser must come from Sluice's own page; programs give a token instead.");
}

function attributes({ protocol, headers }: FastifyRequest) {
  // a proxy that ends TLS says so; that anybody can say it only keeps their own cookie off plain HTTP
  const isSecure = protocol === "https" || headers["x-forwarded-proto"] === "https";
  return { path: "/", httpOnly: true, sameSite: "strict", secure: isSecure } as const;
}

function hostOf(origin: string | undefined): string | undefined {
  return origin !== undefined && URL.canParse(origin) ? new URL(origin).host : undefined;
}
