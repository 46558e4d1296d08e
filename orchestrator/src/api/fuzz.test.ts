import { startProxy } from "@sluice/postgres-kit/proxy";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { newApi } from "../fixtures/api.ts";
import { arbitraryOf, type Schema } from "../fixtures/arbitrary.ts";
import { operationsOf, type ApiDocument, type Operation } from "../fixtures/operations.ts";
import { newPipeline, whileHeld } from "../fixtures/store.ts";

/** Starts programs, or goes on until a run has ended; so it is asked less often. */
const SLOW = /\/(check|discover|plan|setup|teardown|events|states|history|diff|reset)$|^\/v1\/engine\//;

type Fuzzed = { operation: Operation; request: Request };
type Request = { path: string; headers: Record<string, string>; body?: unknown };

/** Yields requests as the document describes them, with ids of things that are there, and with ones that are not. */
function requests(operation: Operation, ids: readonly string[], definitions: Record<string, Schema>) {
  const { parameters, path, body } = operation;
  const valueOf = ({ schema }: Operation["parameters"][number]) =>
    fc.oneof(arbitraryOf(schema, definitions).map(String), fc.constantFrom("", "%00", "'; DROP TABLE runs; --"));
  const values = (place: string, required: boolean) =>
    fc.record(
      Object.fromEntries(parameters.filter((each) => each.in === place).map((each) => [each.name, valueOf(each)])),
      required ? {} : { requiredKeys: [] },
    );
  const id = fc.oneof(fc.constantFrom(...ids), fc.string({ unit: "binary", maxLength: 20 }));
  return fc
    .record({
      id,
      query: values("query", false),
      headers: values("header", false),
      body: body === undefined ? fc.constant(undefined) : withIds(arbitraryOf(body, definitions), ids),
    })
    .map((drawn): Request => ({
      path:
        path.replaceAll(/\{\w+\}/g, encodeURIComponent(drawn.id.toWellFormed()) || "x") +
        `?${new URLSearchParams(drawn.query as Record<string, string>).toString()}`,
      // what is no header cannot be sent
      headers: Object.fromEntries(
        Object.entries(drawn.headers as Record<string, string>).map(([name, value]) => [
          name,
          value.replaceAll(/[^\x20-\x7e]/g, "?"),
        ]),
      ),
      ...(drawn.body === undefined ? {} : { body: drawn.body }),
    }));
}

/** Half of the bodies name things that are there. */
function withIds(body: fc.Arbitrary<unknown>, ids: readonly string[]): fc.Arbitrary<unknown> {
  const isId = (name: string) => name.endsWith("_id");
  return fc.tuple(body, fc.boolean(), fc.constantFrom(...ids)).map(([value, replace, id]) => {
    if (!replace || typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, isId(name) ? id : each]));
  });
}

/** An API with a run that waits, and any request to it: one that starts no program, or one that may. */
async function newStage(serverUrl?: string) {
  const api = await newApi("postgres", serverUrl === undefined ? {} : { serverUrl });
  const { pipeline, source, destination } = await newPipeline(api.store);
  const run = await api.call(`POST /v1/pipelines/${pipeline.id}/runs`, { body: {} });
  await whileHeld(api.store, String(run.body["id"]), (held) =>
    api.store.recordings.append(held, 1, Buffer.from("{}\n")),
  );
  const ids = [pipeline.id, source.id, destination.id, String(run.body["id"])];
  const document = (await api.call("GET /openapi.json")).body as ApiDocument;
  const anyOf = (isSlow: boolean) =>
    fc
      .constantFrom(...operationsOf(document).filter(({ path }) => SLOW.test(path) === isSlow))
      .chain((operation) =>
        requests(operation, ids, document.components.schemas).map((request) => ({ operation, request })),
      );
  return { call: api.call, runId: String(run.body["id"]), any: anyOf(false), anySlow: anyOf(true) };
}

test("whatever is sent, no route fails unexpectedly, and every failure is a problem", async () => {
  const { call, runId, any, anySlow } = await newStage();
  const isAnswered = async ({ operation, request: { path, headers: given, body } }: Fuzzed) => {
    const { status, headers, body: answer } = await call(`${operation.method} ${path}`, { headers: given, body });
    expect(`${operation.name}: ${status}`).not.toMatch(/: 5\d\d$/);
    if (status < 400) return;
    expect(headers["content-type"]).toContain("application/problem+json");
    // what is answered again for the same key is of the request that it was answered to
    const isReplayed = headers["idempotent-replayed"] === "true";
    expect(answer).toMatchObject({ status, request_id: isReplayed ? expect.any(String) : headers["x-request-id"] });
  };
  // its events end with it
  await call(`POST /v1/runs/${runId}/cancel`);
  await fc.assert(fc.asyncProperty(anySlow, isAnswered), { numRuns: 25 });
  await fc.assert(fc.asyncProperty(any, isAnswered), { numRuns: 300 });
});

test("wherever the way to the database breaks, the answer is that this passes, and the next request finds its way", async () => {
  const proxy = await startProxy(process.env["DATABASE_URL"] ?? "");
  onTestFinished(() => proxy.close());
  const { call, any } = await newStage(proxy.url);
  const fault = fc.record({
    at: fc.constantFrom("client" as const, "server" as const),
    nth: fc.integer({ min: 1, max: 40 }),
    when: fc.constantFrom("before" as const, "midway" as const, "after" as const),
    action: fc.constant("reset" as const),
  });
  let key = 0;
  let broken = 0;
  await fc.assert(
    fc.asyncProperty(any, fault, async ({ operation: { name, method }, request: { path, headers, body } }, each) => {
      proxy.arm(each);
      const keyed = method === "POST" ? { "idempotency-key": `key-${(key += 1)}` } : {};
      const answer = await call(`${method} ${path}`, { headers: { ...headers, ...keyed }, body });
      if (answer.status >= 500) {
        broken += 1;
        expect([name, proxy.fired, answer]).toMatchObject([
          name,
          true,
          { status: 503, body: { code: "transient" }, headers: { "retry-after": expect.stringMatching(/^\d+$/) } },
        ]);
      }
      proxy.arm({ ...each, nth: Number.MAX_SAFE_INTEGER });
      // a connection of the pool that has just broken is found out by its next use at the latest
      await expect.poll(async () => (await call("GET /v1/pipelines")).status).toBe(200);
    }),
    { numRuns: 80 },
  );
  expect(broken).toBeGreaterThan(0);
});
