import fc from "fast-check";
import { expect, test } from "vitest";
import { newApi } from "../fixtures/api.ts";
import { arbitraryOf, type Schema } from "../fixtures/arbitrary.ts";
import { operationsOf, type ApiDocument, type Operation } from "../fixtures/operations.ts";
import { newPipeline } from "../fixtures/store.ts";

/** Starts a program each time, which fuzz of its arguments does not need. */
const SLOW = /\/(check|discover|plan|setup|teardown|events|states|history|reset)$|^\/v1\/engine\//;

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

test("whatever is sent, no route fails unexpectedly, and every failure is a problem", async () => {
  const api = await newApi();
  const { pipeline, source, destination } = await newPipeline(api.store);
  const run = await api.call(`POST /v1/pipelines/${pipeline.id}/runs`, { body: {} });
  const ids = [pipeline.id, source.id, destination.id, String(run.body["id"])];
  const document = (await api.call("GET /openapi.json")).body as ApiDocument;
  const operations = operationsOf(document).filter(({ path }) => !SLOW.test(path));
  const any = fc
    .constantFrom(...operations)
    .chain((operation) =>
      requests(operation, ids, document.components.schemas).map((request) => ({ operation, request })),
    );
  await fc.assert(
    fc.asyncProperty(any, async ({ operation, request: { path, headers: given, body } }) => {
      const { status, headers, body: answer } = await api.call(`${operation.method} ${path}`, { headers: given, body });
      expect(`${operation.name}: ${status}`).not.toMatch(/: 5\d\d$/);
      if (status < 400) return;
      expect(headers["content-type"]).toContain("application/problem+json");
      expect(answer).toMatchObject({ status, request_id: headers["x-request-id"] });
    }),
    { numRuns: 400 },
  );
});
