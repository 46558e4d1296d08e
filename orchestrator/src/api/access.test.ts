import { expect, test } from "vitest";
import { newApi } from "../fixtures/api.ts";
import { operationsOf, type ApiDocument } from "../fixtures/operations.ts";
import { ACTOR } from "../fixtures/store.ts";

/** What answers without a token, and no more. */
const PUBLIC = ["get /healthz", "get /readyz", "post /v1/session", "post /v1/ingress/{id}"];
/** The least role of what changes or tells more than others may know, as an operator of a server would expect it. */
const ROLES: Record<string, "viewer" | "operator" | "admin"> = {
  "delete /v1/session": "viewer",
  "get /v1/tokens": "admin",
  "post /v1/tokens": "admin",
  "delete /v1/tokens/{id}": "admin",
  "get /v1/audit": "admin",
  "post /v1/connections": "admin",
  "patch /v1/connections/{id}": "admin",
  "delete /v1/connections/{id}": "admin",
  "post /v1/connections/{id}/check": "operator",
  "post /v1/connections/{id}/try": "admin",
  "post /v1/connections/{id}/discover": "operator",
  "post /v1/pipelines": "admin",
  "post /v1/pipelines/import": "admin",
  "patch /v1/pipelines/{id}": "admin",
  "delete /v1/pipelines/{id}": "admin",
  "post /v1/pipelines/{id}/pause": "operator",
  "post /v1/pipelines/{id}/resume": "operator",
  "post /v1/pipelines/{id}/runs": "operator",
  "post /v1/runs/{id}/cancel": "operator",
  "post /v1/runs/{id}/retry": "operator",
  "get /v1/runs/{id}/dead-letters": "operator",
  "get /v1/runs/{id}/recording": "operator",
  "get /v1/notifications": "admin",
  "post /v1/notifications": "admin",
  "post /v1/notifications/{id}/test": "admin",
  "delete /v1/notifications/{id}": "admin",
  "put /v1/pipelines/{id}/states": "operator",
  "post /v1/pipelines/{id}/states/reset": "operator",
  "post /v1/pipelines/{id}/schedules": "admin",
  "put /v1/schedules/{id}": "admin",
  "delete /v1/schedules/{id}": "admin",
  "post /v1/pipelines/{id}/clone": "admin",
  "post /v1/pipelines/plan": "operator",
  "post /v1/pipelines/{id}/plan": "operator",
  "post /v1/pipelines/{id}/setup": "admin",
  "post /v1/pipelines/{id}/teardown": "admin",
  "get /v1/notifications/failures": "admin",
  "post /v1/notifications/retry": "admin",
  "get /v1/pipelines/{id}/data/tables": "operator",
  "get /v1/pipelines/{id}/data/tail": "operator",
  "post /v1/pipelines/{id}/data/query": "operator",
  "post /v1/pipelines/{id}/data/csv": "operator",
  "post /v1/pipelines/{id}/data/cancel": "operator",
  "post /v1/engine/check": "admin",
  "post /v1/engine/discover": "admin",
  "post /v1/engine/setup": "admin",
  "post /v1/engine/teardown": "admin",
  "post /v1/engine/read": "admin",
  "post /v1/engine/write": "admin",
  "post /v1/engine/sync": "admin",
};
const RANKS = ["viewer", "operator", "admin"] as const;

test("each route answers only those whose role may use it, and nobody without a token but for what is named", async () => {
  const api = await newApi();
  const operations = operationsOf((await api.call("GET /openapi.json")).body as ApiDocument);
  expect(operations.length).toBeGreaterThan(20);
  const ended = await api.store.tokens.create({ name: "ended", role: "admin", expiresAt: new Date(0) }, ACTOR);
  const revoked = await api.store.tokens.create({ name: "revoked", role: "admin" }, ACTOR);
  await api.store.tokens.revoke(revoked.token.id, ACTOR);
  const bad = [`Bearer ${ended.text}`, `Bearer ${revoked.text}`, "Bearer sluice_none", "Basic YTpi", "Bearer "];
  for (const { name, method, path, role } of operations) {
    const request = `${method} ${path.replaceAll(/\{\w+\}/g, "none")}`;
    const isPublic = PUBLIC.includes(name);
    const least = ROLES[name] ?? (method === "GET" ? "viewer" : "unnamed");
    expect([name, role]).toEqual([name, isPublic ? "public" : least]);
    const strangers = [{ as: null }, ...bad.map((authorization) => ({ as: null, headers: { authorization } }))];
    for (const each of strangers)
      expect([name, each, (await api.call(request, each)).status === 401]).toEqual([name, each, !isPublic]);
    for (const as of RANKS) {
      const isRefused = !isPublic && RANKS.indexOf(as) < RANKS.findIndex((rank) => rank === least);
      const { status } = await api.call(request, { as });
      expect([name, as, status === 403]).toEqual([name, as, isRefused]);
      expect([name, as, status === 401]).toEqual([name, as, false]);
    }
  }
  for (const path of ["/docs", "/docs/json", "/openapi.json", "/v1/nothing", "/"])
    expect([path, (await api.call(`GET ${path}`, { as: null })).status]).toEqual([path, 401]);
});

test("a browser logs in with a cookie that no script reads, and another site's page can change nothing with it", async () => {
  const { call, tokenOf } = await newApi();
  const entered = await call("POST /v1/session", { as: null, body: { token: tokenOf("admin") } });
  expect(entered).toMatchObject({ status: 200, body: { role: "admin" } });
  const setCookie = String(entered.headers["set-cookie"]);
  expect(setCookie).toMatch(/^sluice_session=sluice_[\w-]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/);
  const cookie = setCookie.split(";")[0] ?? "";
  const by = (headers: Record<string, string>) => ({ as: null, headers: { cookie, ...headers } });
  expect(await call("GET /v1/session", by({}))).toMatchObject({ status: 200, body: { role: "admin" } });
  const make = (headers: Record<string, string>) =>
    call("POST /v1/tokens", { ...by(headers), body: { name: "n", role: "viewer" } });
  expect((await make({ "sec-fetch-site": "same-origin" })).status).toBe(201);
  expect((await make({ host: "sluice.test", origin: "https://sluice.test" })).status).toBe(201);
  for (const other of [
    {},
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "none" },
    { host: "sluice.test", origin: "https://evil.test" },
    { host: "sluice.test", origin: "null" },
  ])
    expect([other, (await make(other as Record<string, string>)).status]).toEqual([other, 403]);
  const left = await call("DELETE /v1/session", by({ "sec-fetch-site": "same-origin" }));
  expect(String(left.headers["set-cookie"])).toMatch(/^sluice_session=;.*Expires=Thu, 01 Jan 1970/);
  const secure = await call("POST /v1/session", {
    as: null,
    body: { token: tokenOf("viewer") },
    headers: { "x-forwarded-proto": "https" },
  });
  expect(String(secure.headers["set-cookie"])).toContain("; Secure");
});

test("tokens cannot be guessed at a speed that matters, one after the other or all at once", async () => {
  const { api, tokenOf } = await newApi();
  const logIn = async (token: string, remoteAddress = "10.0.0.1") => {
    const answer = await api.inject({ method: "POST", url: "/v1/session", payload: { token }, remoteAddress });
    return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
  };
  // who has one is not counted
  for (let count = 0; count < 12; count += 1) expect((await logIn(tokenOf("viewer"))).status).toBe(200);
  for (let count = 0; count < 10; count += 1) expect((await logIn("sluice_guess")).status).toBe(401);
  for (const token of ["sluice_guess", tokenOf("viewer")])
    expect(await logIn(token)).toMatchObject({
      status: 429,
      body: { code: "rate_limit" },
      headers: { "retry-after": expect.stringMatching(/^[1-9][0-9]?$/) },
    });
  // each at a moment when none before it has failed yet
  const burst = await Promise.all(Array.from({ length: 30 }, (_, count) => logIn(`sluice_${count}`, "10.0.0.2")));
  expect(burst.filter(({ status }) => status === 401)).toHaveLength(10);
  expect(burst.filter(({ status }) => status === 429)).toHaveLength(20);
  expect((await logIn(tokenOf("viewer"), "10.0.0.2")).status).toBe(429);
  // those of others, and those that succeed, take nothing away
  for (let times = 0; times < 3; times += 1)
    for (const { status } of await Promise.all(Array.from({ length: 10 }, () => logIn(tokenOf("viewer"), "10.0.0.3"))))
      expect(status).toBe(200);
});

test("answers forbid to be framed, sniffed and kept, and scripts that are not ours", async () => {
  const { call } = await newApi();
  const { headers } = await call("GET /v1/pipelines");
  expect(headers).toMatchObject({
    "cache-control": "no-store",
    "content-security-policy": expect.stringContaining("script-src 'self'"),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
  });
});

test("a body that is too large or of another kind is refused before it is read", async () => {
  const { call } = await newApi();
  const large = await call("POST /v1/tokens", { body: { name: "n".repeat(2 * 1024 * 1024), role: "viewer" } });
  expect(large).toMatchObject({ status: 413, body: { status: 413 } });
  const other = await call("POST /v1/tokens", { body: "<a/>", headers: { "content-type": "text/xml" } });
  expect(other).toMatchObject({ status: 415, body: { status: 415 } });
});
