import Stripe from "stripe";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../emulator.ts";
import { control, getError } from "../fixtures/api-client.ts";
import { WebhookSink } from "../fixtures/webhook-sink.ts";

let emulator: Emulator;
let stripe: Stripe;

beforeEach(async () => {
  emulator = await startEmulator({ objects: { accounts: 5000, customers: 3 }, accountObjects: { customers: 2 } });
  const { hostname, port } = new URL(emulator.url);
  const options = { host: hostname, port, protocol: "http", telemetry: false, maxNetworkRetries: 0 } as const;
  stripe = new Stripe(emulator.apiKey, options);
});
afterEach(() => emulator.close());

async function twoAccounts(): Promise<[one: string, other: string]> {
  const [one, other] = (await stripe.accounts.list({ limit: 2 })).data;
  if (one === undefined || other === undefined) throw new RangeError("There are no accounts.");
  return [one.id, other.id];
}

test("Stripe's own client walks thousands of accounts and opens each", async () => {
  const ids = new Set<string>();
  for await (const { id } of stripe.accounts.list({ limit: 100 })) ids.add(id);
  expect(ids.size).toBe(5000);
  const last = [...ids].at(-1) ?? "";
  expect((await stripe.accounts.retrieveCurrent({}, { stripeAccount: last })).id).toBe(last);
  expect((await stripe.customers.list({}, { stripeAccount: last })).data).toHaveLength(2);
});

test("objects and events of an account are its own, also under an id that another one has", async () => {
  const [one, other] = await twoAccounts();
  for (const id of [one, other]) emulator.account(id).create({ object: "coupon", id: "SUMMER", name: id });
  const made = await control(emulator, ["POST", "/_emulator/objects"], { object: "coupon", id: "OWN" });
  expect(made.status).toBe(200);
  expect((await stripe.coupons.retrieve("SUMMER", {}, { stripeAccount: one })).name).toBe(one);
  expect((await stripe.coupons.retrieve("SUMMER", {}, { stripeAccount: other })).name).toBe(other);
  await expect(stripe.coupons.retrieve("OWN", {}, { stripeAccount: one })).rejects.toMatchObject({
    code: "resource_missing",
  });
  const { data } = await stripe.events.list({ type: "coupon.created" }, { stripeAccount: one });
  expect(data.map((event) => Object(event.data.object).name)).toEqual([one]);
});

test("an account that was deauthorised, or never was, answers as Stripe does, and has no accounts of its own", async () => {
  const [one, other] = await twoAccounts();
  emulator.delete(one);
  for (const account of [one, "acct_unknown"]) {
    const error = await getError(emulator, "/v1/customers", { "stripe-account": account });
    expect(error).toMatchObject({ status: 403, code: "account_invalid", message: expect.stringContaining(account) });
  }
  expect(() => emulator.account(one)).toThrow(`The account "${one}" is not connected.`);
  const nested = await getError(emulator, "/v1/accounts", { "stripe-account": other });
  expect(nested).toMatchObject({ status: 403, message: expect.stringContaining("connected accounts") });
});

test("each account has its limits to itself, and a fault can be one account's", async () => {
  const [one, other] = await twoAccounts();
  emulator.configure({ rateLimits: { global: 1 } });
  await stripe.customers.list({}, { stripeAccount: one });
  await expect(stripe.customers.list({}, { stripeAccount: one })).rejects.toMatchObject({ statusCode: 429 });
  await stripe.customers.list({}, { stripeAccount: other });
  emulator.configure({ rateLimits: {} });
  emulator.addFault({ account: one, error: "api_error" });
  await expect(stripe.customers.list({}, { stripeAccount: one })).rejects.toMatchObject({ statusCode: 500 });
  await stripe.customers.list({}, { stripeAccount: other });
});

test("events of connected accounts are pushed to endpoints for them alone, and say whose they are", async () => {
  const [one] = await twoAccounts();
  const sinks = { own: await WebhookSink.open(), connected: await WebhookSink.open() };
  const enabled_events = ["*"] as const;
  await stripe.webhookEndpoints.create({ url: sinks.own.url, enabled_events: [...enabled_events] });
  await stripe.webhookEndpoints.create({
    url: sinks.connected.url,
    enabled_events: [...enabled_events],
    connect: true,
  });
  emulator.account(one).create({ object: "customer", name: "Connected" });
  emulator.create({ object: "customer", name: "Own" });
  await expect.poll(() => emulator.pushed().acknowledged.length).toBeGreaterThanOrEqual(2);
  const told = (sink: WebhookSink) => sink.taken.map(({ body }) => JSON.parse(body.toString()));
  const mine = told(sinks.own).filter(({ type }) => type === "customer.created");
  expect(mine.map((event) => [event.account, event.data.object.name])).toEqual([[undefined, "Own"]]);
  expect(told(sinks.connected)).toMatchObject([{ account: one, data: { object: { name: "Connected" } } }]);
});

test("the control paths act on the account that the header names", async () => {
  const [one] = await twoAccounts();
  const headers = { "stripe-account": one, "content-type": "application/json" };
  const body = JSON.stringify({ object: "customer", id: "cus_there" });
  await fetch(`${emulator.url}/_emulator/objects`, { method: "POST", headers, body });
  expect(emulator.account(one).counts()["customers"]).toBe(3);
  expect(emulator.counts()["customers"]).toBe(3);
  const unknown = { ...headers, "stripe-account": "acct_unknown" };
  const refused = await fetch(`${emulator.url}/_emulator/objects`, { method: "POST", headers: unknown, body });
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("is not connected")]);
});
