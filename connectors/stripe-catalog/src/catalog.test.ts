import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { type JsonSchema, type ListEndpoint, readCatalog } from "./index.ts";

const { lists, schemas, events } = readCatalog();

function listAt(path: string): ListEndpoint | undefined {
  return lists.find((list) => list.path === path);
}

function propertiesOf(object: string): Record<string, JsonSchema> {
  return schemas[object]?.properties ?? {};
}

test.each(Object.entries(schemas))("the schema of %s compiles in strict mode", (_, schema) => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, formats: { "unix-time": true, "date-time": true } });
  expect(() => ajv.compile(schema)).not.toThrow();
});

test("every list of the API is there once, and its items have a schema", () => {
  expect(lists).toHaveLength(145);
  expect(new Set(lists.map(({ path }) => path)).size).toBe(145);
  expect(lists.filter(({ object }) => schemas[object] === undefined)).toEqual([]);
});

test("a list below a parent names the parent and the way to one item", () => {
  expect(listAt("/v1/customers/{customer}/balance_transactions")).toEqual({
    path: "/v1/customers/{customer}/balance_transactions",
    object: "customer_balance_transaction",
    top_level: false,
    path_params: ["customer"],
    required_query: [],
    pagination: "v1_cursor",
    paged: true,
    created_filter: true,
    filters: ["invoice"],
    retrieve_path: "/v1/customers/{customer}/balance_transactions/{balance_transaction}",
    delete_path: null,
    leaves_stub: false,
  });
});

test("a list that wants its parent in the query is not top-level", () => {
  expect(listAt("/v1/subscription_items")).toMatchObject({ top_level: false, required_query: ["subscription"] });
  expect(listAt("/v1/billing/credit_balance_transactions")).toMatchObject({ top_level: false, required_query: [] });
});

test("searches and v2 lists are told from v1 lists", () => {
  expect(listAt("/v1/charges/search")).toMatchObject({ pagination: "search", top_level: false });
  expect(listAt("/v2/core/accounts")).toMatchObject({ pagination: "v2_page_token", top_level: true });
});

test("a list of several kinds of object has a schema with one alternative each", () => {
  expect(listAt("/v1/accounts/{account}/external_accounts")?.object).toBe("external_account");
  expect(schemas["external_account"]?.anyOf).toHaveLength(2);
});

test("events say which object they carry and what became of it", () => {
  expect(events).toHaveLength(275);
  expect(events).toContainEqual({ type: "customer.created", object: "customer", kind: "create" });
  expect(events).toContainEqual({ type: "charge.refunded", object: "charge", kind: "update" });
  expect(events).toContainEqual({ type: "product.deleted", object: "product", kind: "delete" });
  expect(events).toContainEqual({ type: "customer.subscription.deleted", object: "subscription", kind: "update" });
});

test("thin events lead to an object or to none", () => {
  const { thin_events } = readCatalog();
  expect(thin_events).toHaveLength(326);
  expect(thin_events).toContainEqual({ type: "v2.core.account.closed", object: "v2.core.account", kind: "update" });
  expect(thin_events).toContainEqual({ type: "v1.customer.deleted", object: "customer", kind: "delete" });
  expect(thin_events).toContainEqual({
    type: "v1.customer.subscription.deleted",
    object: "subscription",
    kind: "update",
  });
  expect(thin_events).toContainEqual({ type: "v1.account.application.authorized", object: null, kind: "update" });
});

test("every list inside an object of a top-level list is there once", () => {
  const { nested_lists } = readCatalog();
  expect(nested_lists).toHaveLength(18);
  expect(nested_lists.filter(({ object }) => schemas[object] === undefined)).toEqual([]);
  expect(nested_lists.filter(({ path }) => path === null)).toEqual([]);
});

test("an instant of version 2 is a text", () => {
  expect(propertiesOf("v2.core.account")["created"]).toEqual({ type: "string", format: "date-time" });
  expect(propertiesOf("v2.core.account")["display_name"]).toEqual({ type: "string" });
});

test("a customer has its nullable, expandable, nested and optional members", () => {
  const customer = propertiesOf("customer");
  expect(customer["created"]).toEqual({ type: "integer", format: "unix-time" });
  expect(customer["email"]).toEqual({ type: ["string", "null"] });
  expect(customer["balance"]).toEqual({ type: "integer" });
  expect(customer["metadata"]).toEqual({ type: "object", additionalProperties: { type: "string" } });
  expect(customer["default_source"]).toEqual({ anyOf: [{ type: "string" }, { type: "object" }, { type: "null" }] });
  expect(customer["address"]?.properties?.["line1"]).toEqual({ type: ["string", "null"] });
  expect(customer).not.toHaveProperty("deleted");
  expect(schemas["customer"]?.required).toContain("email");
  expect(schemas["customer"]?.required).not.toContain("balance_transactions");
});

test("a charge embeds a list of refunds and leaves its enums open", () => {
  const charge = propertiesOf("charge");
  expect(charge["refunds"]).toMatchObject({ type: ["object", "null"], properties: { data: { type: "array" } } });
  expect(charge["status"]).toEqual({ type: "string" });
  expect(charge["paid"]).toEqual({ type: "boolean" });
  expect(charge["payment_intent"]).toEqual({ anyOf: [{ type: "string" }, { type: "object" }, { type: "null" }] });
});

test("instants, fractions and whole numbers are told apart", () => {
  expect(propertiesOf("invoice")["due_date"]).toEqual({ type: ["integer", "null"], format: "unix-time" });
  expect(propertiesOf("invoice")["amount_due"]).toEqual({ type: "integer" });
  expect(propertiesOf("subscription")["billing_cycle_anchor"]).toEqual({ type: "integer", format: "unix-time" });
  expect(propertiesOf("subscription")["application_fee_percent"]).toEqual({ type: ["number", "null"] });
  expect(propertiesOf("balance_transaction")["available_on"]).toEqual({ type: "integer", format: "unix-time" });
  expect(propertiesOf("balance_transaction")["exchange_rate"]).toEqual({ type: ["number", "null"] });
  expect(propertiesOf("price")["unit_amount_decimal"]).toEqual({ type: ["string", "null"] });
  expect(propertiesOf("terminal.reader")["last_seen_at"]).toEqual({ type: ["integer", "null"] });
});
