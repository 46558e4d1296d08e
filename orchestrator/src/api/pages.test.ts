import fc from "fast-check";
import { expect, test } from "vitest";
import { newApi } from "../fixtures/api.ts";
import { ACTOR, newPipeline } from "../fixtures/store.ts";

test("page by page a list tells each item once and in order, whatever its length and that of the pages", async () => {
  const { call, store } = await newApi();
  const { pipeline } = await newPipeline(store);
  const names = fc
    .sample(fc.string({ minLength: 1, maxLength: 5, unit: "grapheme" }), 12)
    .filter((name) => !name.includes("\0"));
  for (const name of ["same", "same", ...names]) await store.tokens.create({ name, role: "viewer" }, ACTOR);
  for (let count = 0; count < 7; count += 1) await call(`POST /v1/pipelines/${pipeline.id}/runs`, { body: {} });
  const lists = [
    "connectors",
    "connections",
    "pipelines",
    "tokens",
    "runs",
    "audit",
    `runs?pipeline_id=${pipeline.id}`,
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...lists), fc.integer({ min: 1, max: 9 }), async (list, limit) => {
      const at = (query: string) => call(`GET /v1/${list}${list.includes("?") ? "&" : "?"}${query}`);
      const whole = (await at("limit=200")).body as { items: unknown[]; next_cursor: null };
      expect(whole.next_cursor).toBe(null);
      const paged: unknown[] = [];
      for (let cursor: string | null = ""; cursor !== null;) {
        const { body }: { body: Record<string, unknown> } = await at(`limit=${limit}&cursor=${cursor}`);
        paged.push(...(body["items"] as unknown[]));
        cursor = body["next_cursor"] as string | null;
      }
      expect(paged).toEqual(whole.items);
    }),
    { numRuns: 40 },
  );
});

test("what is no cursor of a list is refused by field", async () => {
  const { call } = await newApi();
  const cursor = (...keys: unknown[]) => Buffer.from(JSON.stringify(keys)).toString("base64url");
  for (const wrong of ["x", cursor(), cursor("a"), cursor("1", "2"), cursor(1), cursor("-1")])
    expect(await call(`GET /v1/runs?cursor=${wrong}`)).toMatchObject({
      status: 400,
      body: { errors: [{ path: "querystring.cursor" }] },
    });
});
