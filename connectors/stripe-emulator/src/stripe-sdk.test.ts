import Stripe from "stripe";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Emulator, startEmulator } from "./emulator.ts";

// Stripe's own client takes the emulator for Stripe.

let emulator: Emulator;
beforeEach(async () => {
  emulator = await startEmulator({ now: 1_790_000_000, objects: { customers: 30, charges: 120 } });
});
afterEach(() => emulator.close());

function client(options: { apiKey?: string; maxNetworkRetries?: number; timeout?: number } = {}): Stripe {
  const { hostname, port } = new URL(emulator.url);
  const { apiKey = emulator.apiKey, ...rest } = options;
  return new Stripe(apiKey, {
    host: hostname,
    port,
    protocol: "http",
    telemetry: false,
    maxNetworkRetries: 0,
    ...rest,
  });
}

test("a list is paged through to its end, and its filters hold", async () => {
  const stripe = client();
  const ids: string[] = [];
  for await (const charge of stripe.charges.list({ limit: 40 })) ids.push(charge.id);
  expect(ids).toHaveLength(120);
  expect(new Set(ids).size).toBe(120);
  const [newest] = ids;
  const { created } = await stripe.charges.retrieve(newest ?? "");
  const older = await stripe.charges.list({ created: { lt: created }, limit: 100 }).autoPagingToArray({ limit: 200 });
  expect(older.every((charge) => charge.created < created)).toBe(true);
});

test("an object is retrieved, its references expanded, and one that was deleted says so", async () => {
  const stripe = client();
  const [charge] = (await stripe.charges.list({ limit: 1, expand: ["data.customer"] })).data;
  const customer = charge?.customer;
  expect(customer).toMatchObject({ object: "customer" });
  const id = typeof customer === "object" ? (customer?.id ?? "") : "";
  expect(await stripe.customers.retrieve(id)).toMatchObject({ id });
  emulator.delete(id);
  expect(await stripe.customers.retrieve(id)).toMatchObject({ id, deleted: true });
});

test("events of a change are found by their types, with the former values", async () => {
  const { id, email } = emulator.create({ object: "customer" });
  emulator.update(id, { email: "new@example.com" });
  const events = await client().events.list({ types: ["customer.updated", "customer.created"], limit: 2 });
  const [event] = events.data.filter(({ type }) => type === "customer.updated");
  expect(event?.data).toMatchObject({ object: { id, email: "new@example.com" }, previous_attributes: { email } });
  expect(await client().events.retrieve(event?.id ?? "")).toMatchObject({ id: event?.id });
});

test("the items of a list inside an object are paged through as well", async () => {
  const stripe = client();
  const invoices = await stripe.invoices.list({ limit: 100 });
  const long = invoices.data.find(({ lines }) => lines.has_more);
  const lines = await stripe.invoices.listLineItems(long?.id ?? "", { limit: 5 }).autoPagingToArray({ limit: 1000 });
  expect(lines.length).toBeGreaterThan(10);
});

test("lists of version 2 are paged through, and thin events lead to their objects", async () => {
  const stripe = client();
  const ids: string[] = [];
  for await (const account of stripe.v2.core.accounts.list({ limit: 7 })) ids.push(account.id);
  for await (const account of stripe.v2.core.accounts.list({ limit: 7, closed: true })) ids.push(account.id);
  expect(new Set(ids).size).toBe(emulator.counts()["v2_core_accounts"]);
  const made = emulator.create({ object: "v2.core.account", display_name: "Harbor" });
  const events = await stripe.v2.core.events.list({ object_id: made.id });
  expect(events.data.map(({ type }) => type)).toEqual(["v2.core.account.created"]);
});

test.each([
  ["invalid_api_key", Stripe.errors.StripeAuthenticationError],
  ["more_permissions_required", Stripe.errors.StripePermissionError],
  ["rate_limit", Stripe.errors.StripeRateLimitError],
  ["lock_timeout", Stripe.errors.StripeRateLimitError],
  ["resource_missing", Stripe.errors.StripeInvalidRequestError],
  ["cursor_missing", Stripe.errors.StripeInvalidRequestError],
  ["api_error", Stripe.errors.StripeAPIError],
] as const)("the error %s is of the client's own class", async (error, errorClass) => {
  emulator.addFault({ error });
  await expect(client().charges.list()).rejects.toBeInstanceOf(errorClass);
});

test("a restricted key that may not read a list is told so by a class and a message", async () => {
  emulator.restrictKey("rk_test_few00001", ["customer_read"]);
  const stripe = client({ apiKey: "rk_test_few00001" });
  expect((await stripe.customers.list()).data).toHaveLength(10);
  await expect(stripe.charges.list()).rejects.toMatchObject({
    type: "StripePermissionError",
    message: expect.stringContaining("`charge_read`"),
  });
});

test.each([
  ["an error of the server", { error: "api_error" }],
  ["a conflict", { error: "conflict" }],
  ["a connection that is reset", { reset: "before_headers" }],
] as const)("after %s the client tries again", async (_, fault) => {
  emulator.addFault({ path: "/v1/customers", times: 1, ...fault });
  const page = await client({ maxNetworkRetries: 2 }).customers.list();
  expect(page.data).toHaveLength(10);
  expect(emulator.requests().paths["/v1/customers"]).toBe(2);
});

test("a body that is cut off is a failed connection, and never a short page", async () => {
  emulator.addFault({ path: "/v1/customers", reset: "mid_body" });
  await expect(client().customers.list()).rejects.toBeInstanceOf(Stripe.errors.StripeConnectionError);
});

test("the client does as the header about retries says", async () => {
  emulator.addFault({ path: "/v1/customers", error: "do_not_retry" });
  await expect(client({ maxNetworkRetries: 2 }).customers.list()).rejects.toMatchObject({ type: "StripeAPIError" });
  expect(emulator.requests().paths["/v1/customers"]).toBe(1);
  emulator.addFault({ path: "/v1/coupons", error: "do_retry", times: 1 });
  expect((await client({ maxNetworkRetries: 2 }).coupons.list()).data).toHaveLength(10);
});

test("a request that hangs ends with the client's patience", async () => {
  emulator.addFault({ path: "/v1/customers", hang: "before_headers" });
  await expect(client({ timeout: 200 }).customers.list()).rejects.toBeInstanceOf(Stripe.errors.StripeConnectionError);
});
