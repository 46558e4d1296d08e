import fc from "fast-check";
import { expect, test } from "vitest";
import { newApi, type TestApi } from "../fixtures/api.ts";
import { newPipeline } from "../fixtures/store.ts";

type Operation = { summary?: string };
type Document = { paths: Record<string, Record<string, Operation>> };

const PUBLIC = ["get /healthz", "get /readyz"];
/** The least role of each route, as an operator of a server would expect it. */
const ROLES: Record<string, "viewer" | "operator" | "admin"> = {
  "get /v1/tokens": "admin",
  "post /v1/tokens": "admin",
  "delete /v1/tokens/{id}": "admin",
  "get /v1/audit": "admin",
  "post /v1/connections": "admin",
  "patch /v1/connections/{id}": "admin",
  "delete /v1/connections/{id}": "admin",
  "post /v1/connections/{id}/check": "operator",
  "post /v1/connections/{id}/discover": "operator",
  "post /v1/pipelines": "admin",
  "patch /v1/pipelines/{id}": "admin",
  "delete /v1/pipelines/{id}": "admin",
  "post /v1/pipelines/{id}/pause": "operator",
  "post /v1/pipelines/{id}/resume": "operator",
  "post /v1/pipelines/{id}/runs": "operator",
  "post /v1/runs/{id}/cancel": "operator",
  "post /v1/pipelines/{id}/schedules": "admin",
  "put /v1/schedules/{id}": "admin",
  "delete /v1/schedules/{id}": "admin",
};

async function operations({ call }: TestApi): Promise<string[]> {
  const { body } = await call("GET /openapi.json");
  return Object.entries(body["paths"] as Document["paths"]).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
}

function requestOf(operation: string, id = "none"): string {
  const [method = "", path = ""] = operation.split(" ");
  return `${method.toUpperCase()} ${path.replace("{id}", id)}`;
}

test("each route answers only those whose role may use it, and nobody without a token but for what is named", async () => {
  const api = await newApi();
  const all = await operations(api);
  expect(all.length).toBeGreaterThan(20);
  const ranks = ["viewer", "operator", "admin"] as const;
  for (const operation of all) {
    const isPublic = PUBLIC.includes(operation);
    const nobody = await api.call(requestOf(operation), { as: null });
    expect([operation, nobody.status === 401]).toEqual([operation, !isPublic]);
    const least = ROLES[operation] ?? "viewer";
    for (const role of ranks) {
      const { status } = await api.call(requestOf(operation), { as: role });
      const isRefused = ranks.indexOf(role) < ranks.indexOf(least);
      expect([operation, role, status === 403]).toEqual([operation, role, !isPublic && isRefused]);
    }
  }
  for (const path of ["/docs", "/docs/json", "/openapi.json", "/v1/nothing", "/"])
    expect([path, (await api.call(`GET ${path}`, { as: null })).status]).toEqual([path, 401]);
});

test("whatever is sent, no route fails unexpectedly, and every failure is a problem", async () => {
  const api = await newApi();
  const { pipeline, source, destination } = await newPipeline(api.store);
  const changing = (await operations(api)).filter((operation) => !operation.includes("discover"));
  const ids = fc.constantFrom("none", pipeline.id, source.id, "%00", "a%2Fb", "é".repeat(50), "'; DROP TABLE runs; --");
  const body = fc.oneof(
    fc.jsonValue(),
    fc.record({ name: fc.string(), config: fc.jsonValue(), settings: fc.jsonValue() }, { requiredKeys: [] }),
    fc.record({ name: fc.constantFrom("a\u0000b", "\ud800"), role: fc.constant("admin") }),
    fc.record({ name: fc.string(), source_id: fc.constant(source.id), destination_id: fc.constant(destination.id) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...changing), ids, body, fc.string(), async (operation, id, sent, query) => {
      const isRead = operation.startsWith("get");
      const request = requestOf(operation, encodeURI(id)) + (isRead ? `?before=${encodeURIComponent(query)}` : "");
      const { status, headers, body: answer } = await api.call(request, isRead ? {} : { body: sent as object });
      expect(`${request}: ${status}`).not.toMatch(/: 5\d\d$/);
      if (status < 400) return;
      expect(headers["content-type"]).toContain("application/problem+json");
      expect(answer).toMatchObject({ status, request_id: headers["x-request-id"] });
    }),
    { numRuns: 300 },
  );
});

test("what is wrong with a request is told by field", async () => {
  const { call } = await newApi();
  const { status, body } = await call("POST /v1/connections", { body: { name: "", config: [], more: 1 } });
  expect(status).toBe(400);
  const paths = (body["errors"] as { path: string }[]).map(({ path }) => path);
  expect(paths).toEqual(["body.name", "body.connector", "body.config", "body"]);
});

test("a connection is made, tried, changed and deleted, and its secret is in no answer", async () => {
  const { call } = await newApi();
  const config = { records: 3, token: "canary-secret-5c1f" };
  const made = await call("POST /v1/connections", { body: { name: "one", connector: "source-faulty", config } });
  expect(made).toMatchObject({ status: 201, body: { config: { records: 3 }, secrets_set: ["token"], version: 1 } });
  const path = `/v1/connections/${String(made.body["id"])}`;
  const texts = [made.text];
  expect(await call(`POST ${path}/check`)).toMatchObject({ status: 200, body: { status: "succeeded" } });
  const streams = await call(`POST ${path}/discover`);
  expect(streams.body["streams"]).toMatchObject([{ name: "stream_1" }, { name: "stream_2" }]);
  // the secret stays, because it is left out
  const change = { body: { config: { records: 4 } }, headers: { "if-match": '"1"' } };
  const changed = await call(`PATCH ${path}`, change);
  expect(changed).toMatchObject({ status: 200, body: { config: { records: 4 }, secrets_set: ["token"], version: 2 } });
  expect(await call(`PATCH ${path}`, change)).toMatchObject({ status: 412, body: { code: "changed" } });
  expect(await call(`PATCH ${path}`, { body: { config: { token: null } } })).toMatchObject({
    body: { secrets_set: [], version: 3 },
  });
  for (const each of [`GET ${path}`, "GET /v1/connections", "GET /v1/audit"]) texts.push((await call(each)).text);
  expect(texts.join()).not.toContain("canary");
  expect(await call(`DELETE ${path}`)).toMatchObject({ status: 204 });
  expect(await call(`GET ${path}`)).toMatchObject({ status: 404, body: { code: "not_found" } });
});

test("a connector that is not here is refused with those that are", async () => {
  const { call } = await newApi();
  const { status, body } = await call("POST /v1/connections", {
    body: { name: "one", connector: "source-sesame", config: {} },
  });
  expect(status).toBe(422);
  expect(body["detail"]).toMatch(/no connector "source-sesame" on this machine; there are: .*source-example/);
});

test("a token is shown once, works, and ends when it is revoked", async () => {
  const { call, api } = await newApi();
  const made = await call("POST /v1/tokens", { body: { name: "ci", role: "viewer" } });
  const { token, text } = made.body as { token: { id: string }; text: string };
  const asIt = () => api.inject({ url: "/v1/pipelines", headers: { authorization: `Bearer ${text}` } });
  expect((await asIt()).statusCode).toBe(200);
  expect((await call("GET /v1/tokens")).text).not.toContain(text);
  expect(await call(`DELETE /v1/tokens/${token.id}`)).toMatchObject({ status: 200 });
  expect((await asIt()).statusCode).toBe(401);
});

test("runs are listed by the page, newest first", async () => {
  const api = await newApi();
  const { pipeline } = await newPipeline(api.store);
  for (let count = 0; count < 5; count += 1) await api.call(`POST /v1/pipelines/${pipeline.id}/runs`, { body: {} });
  const first = await api.call(`GET /v1/runs?pipeline_id=${pipeline.id}&limit=3`);
  const { runs, next_before: before } = first.body as { runs: { number: number }[]; next_before: number };
  expect(runs.map(({ number }) => number)).toEqual([5, 4, 3]);
  const second = await api.call(`GET /v1/runs?limit=3&before=${before}`);
  expect(second.body).toMatchObject({ runs: [{ number: 2 }, { number: 1 }], next_before: null });
});

test("connections to the database that were lost are made anew", async () => {
  const { call, store } = await newApi();
  await store.database.pool.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
  );
  await expect.poll(async () => (await call("GET /v1/pipelines")).status).toBe(200);
  expect((await call("GET /readyz", { as: null })).status).toBe(200);
});
