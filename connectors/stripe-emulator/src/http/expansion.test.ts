import { afterAll, beforeAll, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../emulator.ts";
import { getError, getList, getObject, request, walk } from "../fixtures/api-client.ts";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ now: 1_790_000_000 });
});
afterAll(() => emulator.close());

test("a reference becomes the object that it names, in a list and alone", async () => {
  const page = await getList(emulator, "/v1/charges?limit=3&expand[]=data.customer&expand[]=data.balance_transaction");
  for (const charge of page.data) {
    const customer = Object(charge["customer"]);
    expect(customer).toEqual(await getObject(emulator, `/v1/customers/${customer.id}`));
    const money: unknown = charge["balance_transaction"];
    if (money !== null) expect(money).toMatchObject({ object: "balance_transaction", source: charge.id });
  }
  const id = page.data[0]?.id;
  const whole = await getObject(emulator, `/v1/charges/${id}?expand[]=customer`);
  expect(Object(whole["customer"]).id).toBe(Object(page.data[0]?.["customer"]).id);
  expect(typeof (await getObject(emulator, `/v1/charges/${id}`))["customer"]).toBe("string");
});

test("an expansion goes on through what it expanded, up to four levels", async () => {
  const page = await getList(emulator, "/v1/charges?limit=5&expand[]=data.payment_intent.latest_charge.customer");
  const charge = Object(page.data[0]);
  expect(charge.payment_intent.latest_charge.customer).toMatchObject({ object: "customer" });
  expect(
    await getError(emulator, "/v1/charges?expand[]=data.payment_intent.latest_charge.customer.default_source"),
  ).toMatchObject({
    status: 400,
    message: "You cannot expand more than 4 levels of a property.",
  });
});

test("an expansion goes through the items of a list inside", async () => {
  const { data } = await getList(emulator, "/v1/subscriptions?limit=3&expand[]=data.items.data.tax_rates");
  expect(Object(data[0]?.["items"]).data[0].price).toMatchObject({ object: "price" });
});

test("a list that an object shows only when asked for holds what its own path lists", async () => {
  const { data } = await getList(emulator, "/v1/charges?limit=100&expand[]=data.refunds");
  const refunded = data.filter((charge) => Number(charge["amount_refunded"]) > 0);
  expect(refunded.length).toBeGreaterThan(0);
  for (const charge of refunded) {
    expect(charge["refunds"]).toMatchObject({ object: "list", url: `/v1/refunds?charge=${charge.id}` });
    const own = await walk(emulator, `/v1/refunds?charge=${charge.id}`);
    expect(Object(charge["refunds"]).data).toEqual(own.slice(0, 10));
  }
  expect((await getList(emulator, "/v1/charges?limit=1")).data[0]).not.toHaveProperty("refunds");
});

test("such a list shows ten and says that there are more", async () => {
  const { id } = emulator.create({ object: "customer" });
  for (let made = 0; made < 12; made += 1) emulator.create({ object: "tax_id", parent: id });
  const customer = await getObject(emulator, `/v1/customers/${id}?expand[]=tax_ids&expand[]=subscriptions`);
  const { data, has_more, url } = Object(customer["tax_ids"]);
  expect([data.length, has_more, url]).toEqual([10, true, `/v1/customers/${id}/tax_ids`]);
  expect(await walk(emulator, url)).toHaveLength(12);
  expect(customer["subscriptions"]).toMatchObject({ data: [], has_more: false });
});

test("a deleted object that leaves a stub is expanded to it", async () => {
  const customer = emulator.create({ object: "customer" });
  const { id } = emulator.create({ object: "charge", customer: customer.id });
  emulator.delete(customer.id);
  const charge = await getObject(emulator, `/v1/charges/${id}?expand[]=customer`);
  expect(charge["customer"]).toEqual({ id: customer.id, object: "customer", deleted: true });
});

test.each([
  [
    "/v1/charges?expand[]=customer",
    "This property cannot be expanded (customer). You may want to try expanding 'data.customer' instead.",
  ],
  ["/v1/charges?expand[]=data.amount", "This property cannot be expanded (data.amount)."],
  ["/v1/charges?expand[]=data.nothing", "This property cannot be expanded (data.nothing)."],
  ["/v1/charges?expand[]=data", "This property cannot be expanded (data)."],
  ["/v1/events?expand[]=data.data.object.lines", "This property cannot be expanded (data.data.object.lines)."],
])("%s is refused", async (path, message) => {
  expect(await getError(emulator, path)).toMatchObject({ status: 400, param: "expand", message });
});

test("a list is rendered in the version that the request asks for", async () => {
  const headers = { "stripe-version": "2024-06-20" };
  const old = await (await request(emulator, "/v1/subscriptions?limit=2", headers)).text();
  expect(JSON.parse(old).data[0]).toHaveProperty("current_period_end", expect.any(Number));
  expect(old).toBe(`${JSON.stringify(JSON.parse(old), null, 2)}\n`);
  const now = await getList(emulator, "/v1/subscriptions?limit=2");
  expect(now.data[0]).not.toHaveProperty("current_period_end");
});

test("a page that was sent before is sent anew once an object of it has changed", async () => {
  const path = "/v1/coupons?limit=5";
  const before = await getList(emulator, path);
  const last = before.data.at(-1)?.id ?? "";
  emulator.update(last, { name: "Renamed" });
  expect((await getList(emulator, path)).data.at(-1)).toMatchObject({ id: last, name: "Renamed" });
  emulator.delete(last);
  expect((await getList(emulator, path)).data.map(({ id }) => id)).not.toContain(last);
  const made = emulator.create({ object: "coupon" });
  expect((await getList(emulator, path)).data[0]?.id).toBe(made.id);
});
