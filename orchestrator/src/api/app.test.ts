import { expect, test } from "vitest";
import { newApi } from "../fixtures/api.ts";
import { newPipeline } from "../fixtures/store.ts";

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
  expect(await call(`DELETE ${path}`, { headers: { "if-match": '"2"' } })).toMatchObject({ status: 412 });
  expect(await call(`DELETE ${path}`, { headers: { "if-match": '"3"' } })).toMatchObject({ status: 204 });
  expect(await call(`GET ${path}`)).toMatchObject({ status: 404, body: { code: "not_found" } });
});

test("who comes second, just behind the look at what is there, is told of a conflict", async () => {
  const { call, store } = await newApi();
  const { source, destination } = await newPipeline(store);
  /** Does the one while the other is not committed yet. */
  const between = async (other: string, request: () => ReturnType<typeof call>) => {
    let answer: ReturnType<typeof call> | undefined;
    await store.database.transaction(async (client) => {
      await client.query(other);
      answer = request();
      const waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
      await expect.poll(async () => (await store.database.pool.query(waiting)).rowCount).toBe(1);
    });
    return answer;
  };
  const rename = () => call(`PATCH /v1/connections/${source.id}`, { body: { name: "taken" } });
  const taken = `UPDATE connections SET name = 'taken' WHERE id = '${destination.id}'`;
  expect(await between(taken, rename)).toMatchObject({ status: 409, body: { code: "exists" } });
  const fields = { name: "late", source_id: source.id, destination_id: destination.id };
  const gone = `DELETE FROM pipelines; DELETE FROM connections WHERE id = '${source.id}'`;
  const make = () => call("POST /v1/pipelines", { body: fields });
  expect(await between(gone, make)).toMatchObject({ status: 409, body: { code: "in_use" } });
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

test("connections to the database that were lost are made anew", async () => {
  const { call, store } = await newApi();
  await store.database.pool.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
  );
  await expect.poll(async () => (await call("GET /v1/pipelines")).status).toBe(200);
  expect((await call("GET /readyz", { as: null })).status).toBe(200);
});
