import { afterEach, beforeEach, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../emulator.ts";
import { control, getError, getList, getObject, walk } from "../fixtures/api-client.ts";

let emulator: Emulator;
beforeEach(async () => {
  emulator = await startEmulator({ now: 1_790_000_000, objects: { customers: 10 } });
});
afterEach(() => emulator.close());

test("a new object is whole, carries the given fields, heads its list and raises its event", async () => {
  const { status, body } = await control(emulator, ["POST", "/_emulator/objects"], { object: "customer", name: "Ada" });
  expect(status).toBe(200);
  expect(body).toMatchObject({ object: "customer", name: "Ada", created: 1_790_000_000, livemode: false });
  const list = await getList(emulator, "/v1/customers?limit=1");
  expect(list.data).toEqual([body]);
  const events = await getList(emulator, "/v1/events?limit=1");
  expect(events.data[0]).toMatchObject({ type: "customer.created", data: { object: body }, created: 1_790_000_000 });
});

test.each(["POST", "PATCH"])("%s changes fields, and the event tells their former values", async (method) => {
  const { id, email } = emulator.create({ object: "customer" });
  const { body } = await control(emulator, [method, `/_emulator/objects/${id}`], { email: "new@example.com" });
  expect(body).toMatchObject({ id, email: "new@example.com" });
  expect(await getObject(emulator, `/v1/customers/${id}`)).toEqual(body);
  const events = await getList(emulator, "/v1/events?limit=1");
  expect(events.data[0]).toMatchObject({
    type: "customer.updated",
    data: { object: { email: "new@example.com" }, previous_attributes: { email } },
  });
});

test("a change shows in lists and in filters at once", async () => {
  const [customer] = (await getList(emulator, "/v1/customers?limit=1")).data;
  const before = String(customer?.["email"]);
  expect(await walk(emulator, `/v1/customers?email=${before}`)).toHaveLength(1);
  emulator.update(customer?.id ?? "", { email: "moved@example.com" });
  expect(await walk(emulator, `/v1/customers?email=${before}`)).toEqual([]);
  expect(await walk(emulator, "/v1/customers?email=moved@example.com")).toHaveLength(1);
  expect((await getList(emulator, "/v1/customers?limit=1")).data[0]).toMatchObject({ email: "moved@example.com" });
});

test("a deleted customer leaves a stub, another object nothing, and both leave their lists", async () => {
  const customer = emulator.create({ object: "customer" });
  const coupon = emulator.create({ object: "coupon" });
  for (const { id } of [customer, coupon]) {
    expect(await control(emulator, ["DELETE", `/_emulator/objects/${id}`])).toMatchObject({
      status: 200,
      body: { deleted: true },
    });
  }
  expect(await getObject(emulator, `/v1/customers/${customer.id}`)).toEqual({
    id: customer.id,
    object: "customer",
    deleted: true,
  });
  expect(await getError(emulator, `/v1/coupons/${coupon.id}`)).toMatchObject({ status: 404, code: "resource_missing" });
  const events = await getList(emulator, "/v1/events?limit=2");
  expect(events.data.map((event) => event["type"])).toEqual(["coupon.deleted", "customer.deleted"]);
  expect(emulator.counts()).toMatchObject({ customers: 10 });
});

test("deleting a subscription cancels it, as the API does", async () => {
  const { id } = emulator.create({ object: "subscription", status: "active" });
  emulator.delete(id);
  expect(await getObject(emulator, `/v1/subscriptions/${id}`)).toMatchObject({
    status: "canceled",
    ended_at: emulator.now(),
  });
  const events = await getList(emulator, "/v1/events?limit=1");
  expect(events.data[0]).toMatchObject({ type: "customer.subscription.deleted", data: { object: { id } } });
  expect((await walk(emulator, "/v1/subscriptions")).map((item) => item.id)).not.toContain(id);
});

test("what belongs to an object is shown in it, listed under it and gone with it", async () => {
  const invoice = emulator.create({ object: "invoice" });
  const before = await walk(emulator, `/v1/invoices/${invoice.id}/lines`);
  const line = emulator.create({ object: "line_item", parent: invoice.id, amount: 42 });
  const lines = await walk(emulator, `/v1/invoices/${invoice.id}/lines`);
  expect(lines).toEqual([line, ...before]);
  expect(await getObject(emulator, `/v1/invoices/${invoice.id}`)).toMatchObject({
    lines: { data: lines.slice(0, 10) },
  });
  const events = await getList(emulator, "/v1/events?limit=1");
  expect(events.data[0]).toMatchObject({ type: "invoice.updated", data: { object: { id: invoice.id } } });
  const { invoices_lines: counted } = emulator.counts();
  emulator.delete(invoice.id);
  expect(emulator.counts()["invoices_lines"]).toBe(Number(counted) - lines.length);
});

test("counts are what a walk through the list gives, after changes too", async () => {
  emulator.create({ object: "charge" });
  emulator.delete(emulator.create({ object: "product" }).id);
  const { body } = await control(emulator, ["GET", "/_emulator/counts"]);
  const names = ["customers", "charges", "products", "events", "balance_transactions", "reviews"];
  const walked = await Promise.all(names.map(async (name) => [name, (await walk(emulator, `/v1/${name}`)).length]));
  expect(body).toMatchObject(Object.fromEntries(walked));
  expect(await walk(emulator, "/v1/subscriptions?status=all")).toHaveLength(Number(body["subscriptions"]));
});

test("a nested list is counted under the name of its stream too", () => {
  const counts = emulator.counts();
  expect(counts["subscriptions_items"]).toBeGreaterThan(0);
  expect(counts["subscriptions_items"]).toBe(counts["subscription_items"]);
});

test("requests are counted by the path as the catalog writes it", async () => {
  const [invoice] = (await getList(emulator, "/v1/invoices?limit=1")).data;
  await walk(emulator, `/v1/invoices/${invoice?.id}/lines`);
  const { body } = await control(emulator, ["GET", "/_emulator/requests"]);
  expect(body).toMatchObject({ total: 2, paths: { "/v1/invoices": 1, "/v1/invoices/{invoice}/lines": 1 } });
  await control(emulator, ["DELETE", "/_emulator/requests"]);
  expect(emulator.requests()).toMatchObject({ total: 0, paths: {} });
});

test("the clock stands until it is advanced", async () => {
  expect(await control(emulator, ["POST", "/_emulator/clock"], { advance_seconds: 60 })).toMatchObject({
    body: { now: 1_790_000_060 },
  });
  expect(emulator.create({ object: "customer" })).toMatchObject({ created: 1_790_000_060 });
});

test.each([
  ["POST", "/_emulator/objects", {}, '"object" is not as it must be'],
  ["POST", "/_emulator/objects", { object: "unicorn" }, 'No list shows objects of the kind "unicorn"'],
  ["POST", "/_emulator/objects", { object: "line_item" }, 'set "parent" to the id of one that exists'],
  ["POST", "/_emulator/objects", { object: "event" }, "No list shows objects"],
  ["PATCH", "/_emulator/objects/cus_x", { name: "x" }, 'There is no object "cus_x"'],
  ["POST", "/_emulator/faults", { delay: 5 }, "delay"],
  ["POST", "/_emulator/faults", { status: 42 }, '"status" is not as it must be'],
  ["POST", "/_emulator/clock", { advance_seconds: -1 }, '"advance_seconds" is not as it must be'],
  ["POST", "/_emulator/clocks", {}, "The emulator has no POST /_emulator/clocks"],
])("%s %s with a body that cannot be is refused in words", async (method, path, body, words) => {
  const answer = await control(emulator, [method, path], body);
  expect(answer.status).toBe(400);
  expect(Object(answer.body["error"]).message).toContain(words);
});
