import { afterEach, beforeEach, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../emulator.ts";
import { type Item, control, getError, getList, getObject, walk } from "../fixtures/api-client.ts";

const NOW = 1_790_000_000;
const DAY_S = 86_400;

let emulator: Emulator;
beforeEach(async () => {
  emulator = await startEmulator({ now: NOW, objects: { customers: 30 } });
});
afterEach(() => emulator.close());

/** Resolves to the types of the events about an object that came with the last change, sorted. */
async function told(id: string, change: () => unknown): Promise<string[]> {
  emulator.advanceClock(1);
  change();
  const events = await walk(emulator, `/v1/events?created[gte]=${emulator.now()}`);
  return events
    .filter((event) => Object(event["data"]).object.id === id)
    .map((event) => String(event["type"]))
    .toSorted();
}

async function newest(): Promise<Item | undefined> {
  return (await getList(emulator, "/v1/events?limit=1")).data[0];
}

test.each([
  [{ object: "charge", status: "succeeded" }, ["charge.succeeded"]],
  [{ object: "charge", status: "failed" }, ["charge.failed"]],
  [{ object: "charge", status: "pending" }, ["charge.pending"]],
  [{ object: "checkout.session", status: "open" }, []],
  [{ object: "checkout.session", status: "complete" }, ["checkout.session.completed"]],
  [{ object: "payment_method", customer: "cus_1" }, ["payment_method.attached"]],
  [{ object: "payment_method", customer: null }, []],
  [{ object: "review" }, ["review.opened"]],
  [{ object: "refund" }, ["refund.created"]],
  [{ object: "issuing.card" }, ["issuing_card.created"]],
  [{ object: "tax_id" }, []],
  [{ object: "shipping_rate" }, []],
])("a new %j is told by %j", async (fields, types) => {
  let id = "";
  expect(await told("", () => ({ id } = emulator.create(fields)))).toEqual([]);
  const events = await walk(emulator, `/v1/events?created[gte]=${emulator.now()}`);
  expect(events.filter((event) => Object(event["data"]).object.id === id).map((event) => event["type"])).toEqual(types);
});

test.each([
  [{ object: "charge", amount_refunded: 0 }, { amount_refunded: 100 }, ["charge.refunded", "charge.updated"]],
  [{ object: "invoice", status: "draft" }, { status: "open" }, ["invoice.finalized", "invoice.updated"]],
  [
    { object: "invoice", status: "open" },
    { status: "paid" },
    ["invoice.paid", "invoice.payment_succeeded", "invoice.updated"],
  ],
  [{ object: "payment_intent", status: "processing" }, { status: "succeeded" }, ["payment_intent.succeeded"]],
  [
    { object: "payment_intent", status: "processing" },
    { status: "requires_payment_method" },
    ["payment_intent.payment_failed"],
  ],
  [{ object: "payment_intent" }, { metadata: { a: "b" } }, []],
  [
    { object: "payment_method", customer: "cus_1" },
    { customer: null },
    ["payment_method.detached", "payment_method.updated"],
  ],
  [{ object: "review", open: true }, { open: false }, ["review.closed"]],
  [{ object: "refund" }, { status: "canceled" }, ["charge.refund.updated", "refund.updated"]],
  [{ object: "dispute" }, { status: "won" }, ["charge.dispute.closed", "charge.dispute.updated"]],
  [{ object: "subscription", status: "active" }, { status: "canceled" }, ["customer.subscription.deleted"]],
  [{ object: "subscription", status: "active" }, { status: "past_due" }, ["customer.subscription.updated"]],
  [{ object: "shipping_rate" }, { active: false }, []],
])("of %j that becomes %j it is told by %j", async (fields, change, types) => {
  const { id } = emulator.create(fields);
  expect(await told(id, () => emulator.update(id, change))).toEqual(types);
});

test("only an event of an update has the former values, and those of what changed alone", async () => {
  const { id } = emulator.create({ object: "charge", amount_refunded: 0, description: "old" });
  emulator.update(id, { amount_refunded: 5, description: "new", currency: "usd" });
  const events = (await getList(emulator, "/v1/events?limit=2")).data;
  const byType = Object.fromEntries(events.map((event) => [event["type"], Object(event["data"])]));
  expect(byType["charge.updated"].previous_attributes).toEqual({ amount_refunded: 0, description: "old" });
  expect(byType["charge.refunded"]).not.toHaveProperty("previous_attributes");
});

test("of a hash the former values are those of the keys that changed, and an array is told as a whole", async () => {
  const { id } = emulator.create({ object: "charge", metadata: { a: "1", b: "2" }, items: [{ id: 1 }, { id: 2 }] });
  emulator.update(id, { metadata: { b: "3", c: "4" }, items: [{ id: 1 }, { id: 3 }] });
  expect(await newest()).toMatchObject({
    data: { previous_attributes: { metadata: { a: "1", b: "2", c: null }, items: [{ id: 1 }, { id: 2 }] } },
  });
  emulator.update(id, { metadata: { b: "3", c: "5" }, items: [{ id: 1 }, { id: 3 }] });
  expect(Object((await newest())?.["data"]).previous_attributes).toEqual({ metadata: { c: "4" } });
});

test("a change that changes nothing is told by nothing", async () => {
  const { id, name } = emulator.create({ object: "customer" });
  expect(await told(id, () => emulator.update(id, { name }))).toEqual([]);
});

test("a delete is told where the API tells of it, with the whole object, and is silent elsewhere", async () => {
  const price = emulator.create({ object: "price" });
  expect(await told(price.id, () => emulator.delete(price.id))).toEqual(["price.deleted"]);
  expect(await newest()).toMatchObject({ data: { object: price } });
  const location = emulator.create({ object: "terminal.location" });
  expect(await told(location.id, () => emulator.delete(location.id))).toEqual([]);
});

test("deleting a customer ends the customer's subscriptions and says so of each", async () => {
  const customer = emulator.create({ object: "customer" });
  const subscription = emulator.create({ object: "subscription", status: "active", customer: customer.id });
  expect(await told(subscription.id, () => emulator.delete(customer.id))).toEqual(["customer.subscription.deleted"]);
  expect(await getObject(emulator, `/v1/subscriptions/${subscription.id}`)).toMatchObject({ status: "canceled" });
});

test("an object below another is told by its own event", async () => {
  const [customer] = (await getList(emulator, "/v1/customers?limit=1")).data;
  const id = customer?.id ?? "";
  const taxId = emulator.create({ object: "tax_id", parent: id });
  expect(await newest()).toMatchObject({ type: "customer.tax_id.created", data: { object: { id: taxId.id } } });
  emulator.delete(taxId.id);
  expect(await newest()).toMatchObject({ type: "customer.tax_id.deleted" });
});

test("events older than thirty days are gone from the list, as cursors and alone", async () => {
  const { id } = emulator.create({ object: "customer" });
  const event = await newest();
  emulator.advanceClock(30 * DAY_S);
  expect((await newest())?.id).toBe(event?.id);
  emulator.advanceClock(1);
  expect(await walk(emulator, `/v1/events?created[gte]=${NOW}`)).toEqual([]);
  for (const path of [`/v1/events/${event?.id}`, `/v1/events?starting_after=${event?.id}`]) {
    const error = await getError(emulator, path);
    expect(error.status).toBe(400);
    expect(error.message).toContain("no longer available because it's aged out of our retention policy");
  }
  expect(await getObject(emulator, `/v1/customers/${id}`)).toMatchObject({ id });
});

test("late events show after their seconds, with the stamp of the change", async () => {
  await control(emulator, ["POST", "/_emulator/settings"], { late_seconds: { events: 20 } });
  emulator.create({ object: "customer" });
  expect(await walk(emulator, `/v1/events?created[gte]=${NOW}`)).toEqual([]);
  emulator.advanceClock(19);
  expect(await walk(emulator, `/v1/events?created[gte]=${NOW}`)).toEqual([]);
  emulator.advanceClock(1);
  expect(await walk(emulator, `/v1/events?created[gte]=${NOW}`)).toMatchObject([{ created: NOW }]);
});

test("objects of a late stream show later in its list and at once alone", async () => {
  emulator.configure({ lateSeconds: { balance_transactions: 5 } });
  const { id } = emulator.create({ object: "balance_transaction" });
  expect((await getList(emulator, "/v1/balance_transactions?limit=1")).data[0]?.id).not.toBe(id);
  expect(await getObject(emulator, `/v1/balance_transactions/${id}`)).toMatchObject({ id });
  emulator.advanceClock(5);
  expect((await getList(emulator, "/v1/balance_transactions?limit=1")).data[0]?.id).toBe(id);
});

test("events are rendered in the account's version, whatever the request asks for", async () => {
  await control(emulator, ["POST", "/_emulator/settings"], { event_api_version: "2024-06-20" });
  const { id } = emulator.create({ object: "subscription", status: "active" });
  const event = (await getList(emulator, "/v1/events?limit=1&type=customer.subscription.created")).data[0];
  expect(event).toMatchObject({ api_version: "2024-06-20", request: { id: null } });
  const subscription = await getObject(emulator, `/v1/subscriptions/${id}`);
  expect(subscription).not.toHaveProperty("current_period_end");
  expect(Object(event?.["data"]).object).toHaveProperty("current_period_end", expect.any(Number));
  emulator.configure({ eventApiVersion: "2017-05-25" });
  emulator.create({ object: "coupon" });
  expect(await newest()).toMatchObject({ api_version: "2017-05-25", request: null });
});

test("an event that no change raises can be raised, also about what has no id", async () => {
  const body = { type: "invoice.upcoming", object: { amount_due: 5 } };
  const raised = await control(emulator, ["POST", "/_emulator/events"], body);
  expect(raised.body).toMatchObject({
    type: "invoice.upcoming",
    data: { object: { object: "invoice", amount_due: 5 } },
  });
  expect(Object(raised.body["data"]).object).not.toHaveProperty("id");
  expect(await newest()).toEqual(raised.body);
  const unknown = await control(emulator, ["POST", "/_emulator/events"], { type: "moon.risen", object: {} });
  expect(Object(unknown.body["error"]).message).toContain('There is no event "moon.risen"');
});

test("a storm changes objects many times in one second, each time with an event", async () => {
  const { body } = await control(emulator, ["POST", "/_emulator/storms"], { stream: "customers", changes: 150 });
  const events = await walk(emulator, `/v1/events?created[gte]=${NOW}&type=customer.updated`);
  expect(events).toHaveLength(150);
  expect(new Set(events.map((event) => event["created"]))).toEqual(new Set([NOW]));
  expect(new Set(events.map((event) => Object(event["data"]).object.id))).toEqual(new Set(Object(body["ids"])));
});

test.each(["uniform", "bursty", "one_second", "long_tail"] as const)(
  "a burst lays its objects out: %s",
  async (distribution) => {
    const [from, to] = [NOW - 1000, NOW - 1];
    const body = { object: "customer", count: 200, from, to, distribution };
    const answer = await control(emulator, ["POST", "/_emulator/bursts"], body);
    expect(answer.body["ids"]).toHaveLength(200);
    const made = await walk(emulator, `/v1/customers?created[gte]=${from}&created[lte]=${to}`);
    expect(made.length).toBeGreaterThanOrEqual(200);
    const times = made.map(({ created }) => Number(created));
    if (distribution === "one_second") expect(new Set(times).size).toBeLessThanOrEqual(2);
    if (distribution === "long_tail") expect(times.filter((time) => time < NOW - 500).length).toBeLessThan(20);
  },
);

test("the first objects lie as they are asked to", async () => {
  await using dense = await startEmulator({ now: NOW, objects: { charges: 300 }, created: { charges: "one_second" } });
  const charges = await walk(dense, "/v1/charges");
  expect(new Set(charges.map(({ created }) => created)).size).toBe(1);
  expect(charges).toHaveLength(300);
});

test("the clock can be set, held and let go, and the Date header follows", async () => {
  const set = async (body: Record<string, unknown>) =>
    (await control(emulator, ["POST", "/_emulator/clock"], body)).body["now"];
  expect(await set({ now: NOW + 500 })).toBe(NOW + 500);
  const dateOf = async () => {
    const response = await fetch(`${emulator.url}/v1/customers`, {
      headers: { authorization: `Bearer ${emulator.apiKey}` },
    });
    return Date.parse(response.headers.get("date") ?? "") / 1000;
  };
  expect(await dateOf()).toBe(NOW + 500);
  await set({ hold: false });
  await expect.poll(dateOf, { timeout: 5000 }).toBeGreaterThan(NOW + 500);
  const held = Number(await set({ hold: true }));
  expect(await set({ advance_seconds: 7 })).toBe(held + 7);
});
