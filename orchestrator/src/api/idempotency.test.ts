import { startProxy } from "@sluice/postgres-kit/proxy";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { newApi } from "../fixtures/api.ts";
import { newPipeline } from "../fixtures/store.ts";

const keyed = (key: string, body: unknown = {}) => ({ body, headers: { "idempotency-key": key } });

test("however often a request is repeated under its key, and at once, it is carried out once and answered alike", async () => {
  const { call, store } = await newApi();
  const { pipeline } = await newPipeline(store);
  let number = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }), async (atOnce, after) => {
      const key = `key-${(number += 1)}`;
      const before = (await store.runs.list({ pipelineId: pipeline.id }, { after: undefined, limit: 200 })).items
        .length;
      const ask = () => call(`POST /v1/pipelines/${pipeline.id}/runs`, keyed(key));
      const answers = await Promise.all(Array.from({ length: atOnce }, ask));
      for (let count = 0; count < after; count += 1) answers.push(await ask());
      // those that came while the first was under way are told so
      const given = answers.filter(({ status }) => status !== 409);
      expect(
        new Set(given.map(({ status, text, headers }) => `${status} ${text} ${String(headers["location"])}`)).size,
      ).toBe(1);
      expect(given[0]?.status).toBe(202);
      const { items } = await store.runs.list({ pipelineId: pipeline.id }, { after: undefined, limit: 200 });
      expect(items.length).toBe(before + 1);
    }),
    { numRuns: 15 },
  );
});

test("a key is of one request and one token", async () => {
  const { call } = await newApi();
  const body = { name: "ci", role: "viewer" };
  const first = await call("POST /v1/tokens", keyed("k", body));
  const again = await call("POST /v1/tokens", keyed("k", body));
  expect(again).toMatchObject({ status: 201, text: first.text, headers: { "idempotent-replayed": "true" } });
  expect(await call("POST /v1/tokens", keyed("k", { ...body, role: "admin" }))).toMatchObject({ status: 409 });
  const other = await call("POST /v1/connections/none/check", { ...keyed("k"), as: "operator" });
  expect(other.status).toBe(404);
  expect((await call("POST /v1/tokens", keyed("two words", body))).status).toBe(400);
});

test("a new token stands in no table in plain text, although its answer can be repeated", async () => {
  const { call, store } = await newApi();
  const { body } = await call("POST /v1/tokens", keyed("k", { name: "ci", role: "viewer" }));
  const { rows } = await store.database.pool.query("SELECT encode(body, 'escape') AS body, answers::text FROM answers");
  expect(rows).toHaveLength(1);
  expect(JSON.stringify(rows)).not.toContain(body["text"]);
});

test("a request whose program died is carried out again only if it had changed nothing", async () => {
  const { call, store } = await newApi();
  const make = (key: string) => call("POST /v1/tokens", keyed(key, { name: key, role: "viewer" }));
  const forget = () =>
    store.database.pool.query("UPDATE answers SET status = NULL, body = NULL, begun_at = now() - interval '1 hour'");
  await make("changed");
  await forget();
  expect(await make("changed")).toMatchObject({ status: 409, body: { code: "exists" } });
  await store.database.pool.query("DELETE FROM audit_log");
  expect((await make("changed")).status).toBe(201);
  expect(await store.answers.forgetOld()).toBe(0);
  await store.database.pool.query("UPDATE answers SET begun_at = now() - interval '25 hours'");
  expect(await store.answers.forgetOld()).toBe(1);
});

test("wherever the database is lost in a request, it can be repeated at once, and is carried out once", async () => {
  const proxy = await startProxy(process.env["DATABASE_URL"] ?? "");
  onTestFinished(() => proxy.close());
  const { call, store } = await newApi("postgres", { serverUrl: proxy.url });
  const make = (name: string) => call("POST /v1/tokens", keyed(name, { name, role: "viewer" }));
  const statuses = [];
  for (let nth = 1; ; nth += 1) {
    // the server has this message, and nothing behind it
    proxy.arm({ at: "client", nth, when: "after", action: "reset" });
    const name = `token-${nth}`;
    const first = await make(name);
    if (!proxy.fired) break;
    const again = await make(name);
    statuses.push(`${first.status} ${again.status}`);
    const { items } = await store.tokens.list({ after: undefined, limit: 200 });
    expect([name, items.filter((token) => token.name === name).length]).toEqual([name, 1]);
  }
  // it was not carried out; it was; it was, and was answered, and its answer could not be kept, or was
  expect(new Set([...statuses, "201 201"])).toEqual(new Set(["503 201", "503 409", "201 409", "201 201"]));
});
