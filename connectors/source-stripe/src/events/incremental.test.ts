import { type Emulator, startEmulator } from "@sluice/stripe-emulator";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listed, streamNamed } from "../fixtures/account.ts";
import { configOf, reading, recordsIn, Sync } from "../fixtures/sync.ts";
import { GlobalState } from "../global-state.ts";

const NOW = 1_790_000_000;
const DAY = 86_400;
let emulator: Emulator;
let sync: Sync;

beforeEach(async () => {
  emulator = await startEmulator({ now: NOW, objects: { customers: 20, coupons: 5, subscriptions: 12, invoices: 5 } });
  sync = new Sync(configOf(emulator));
});
afterEach(() => emulator.close());

function requests(path: string): number {
  return emulator.requests().paths[path] ?? 0;
}

async function idOf(stream: string): Promise<string> {
  return (await listed(emulator, streamNamed(stream)))[0]?.id ?? "";
}

test("a later read sends what changed since, and asks no list again", async () => {
  await sync.run({ streams: ["customers"] });
  const before = requests("/v1/customers");
  emulator.advanceClock(10);
  const made = emulator.create({ object: "customer" });
  const id = await idOf("customers");
  emulator.advanceClock(5);
  emulator.update(id, { name: "Ada" });
  const lists = requests("/v1/customers");
  emulator.advanceClock(5);
  const records = recordsIn(await sync.run({ streams: ["customers"] }), "customers");
  expect(records).toMatchObject([
    { op: "upsert", id: made.id, version: (NOW + 10) * 1e6 + 500_000 },
    { op: "upsert", id, version: (NOW + 15) * 1e6 + 500_000, data: { name: "Ada" } },
  ]);
  expect(requests("/v1/customers")).toBe(lists);
  expect(before).toBeGreaterThan(0);
});

test("a delete is sent as a delete that wins over all else of its second", async () => {
  await sync.run({ streams: ["customers", "coupons"] });
  const ids = { customers: await idOf("customers"), coupons: await idOf("coupons") };
  emulator.advanceClock(10);
  for (const id of Object.values(ids)) emulator.delete(id);
  emulator.advanceClock(5);
  const outputs = await sync.run({ streams: ["customers", "coupons"] });
  for (const [stream, id] of Object.entries(ids)) {
    expect(recordsIn(outputs, stream)).toMatchObject([{ op: "delete", id, version: (NOW + 10) * 1e6 + 999_999 }]);
    expect(sync.fold.objects(stream).has(id)).toBe(false);
  }
});

test("canceled subscriptions are there from the first read on, and a cancellation is a change and no delete", async () => {
  const [early, late] = (await listed(emulator, streamNamed("subscriptions"))).slice(0, 2);
  emulator.delete(early?.id ?? "");
  emulator.advanceClock(10);
  await sync.run({ streams: ["subscriptions"] });
  expect(sync.fold.objects("subscriptions").get(early?.id ?? "")).toMatchObject({ status: "canceled" });
  emulator.advanceClock(10);
  emulator.delete(late?.id ?? "");
  emulator.advanceClock(5);
  const records = recordsIn(await sync.run({ streams: ["subscriptions"] }), "subscriptions");
  expect(records).toMatchObject([{ op: "upsert", id: late?.id, data: { status: "canceled" } }]);
});

test("a list inside an object is whole, in the first read and after a change, also as a stream of its own", async () => {
  const id = await idOf("invoices");
  const addLines = (count: number, prefix: string) => {
    for (let line = 0; line < count; line += 1)
      emulator.create({ object: "line_item", parent: id, id: `${prefix}_${line}` });
  };
  const streams = ["invoices", "invoices_lines"];
  addLines(150, "il_first");
  await sync.run({ streams });
  const linesOf = () =>
    (sync.fold.objects("invoices").get(id) as { lines: { data: unknown[]; has_more: boolean } }).lines;
  const whole = linesOf().data.length;
  expect(whole).toBeGreaterThanOrEqual(150);
  emulator.advanceClock(10);
  addLines(30, "il_later");
  emulator.advanceClock(5);
  await sync.run({ streams });
  expect(linesOf()).toMatchObject({ has_more: false });
  expect(linesOf().data).toHaveLength(whole + 30);
  expect(sync.fold.objects("invoices_lines").get("il_later_29")).toMatchObject({ invoice_id: id, id: "il_later_29" });
});

test("an item that leaves the list of its parent is deleted", async () => {
  const id = await idOf("invoices");
  emulator.create({ object: "line_item", parent: id, id: "il_short_lived" });
  await sync.run({ streams: ["invoices_lines"] });
  expect(sync.fold.objects("invoices_lines").has("il_short_lived")).toBe(true);
  emulator.advanceClock(10);
  emulator.delete("il_short_lived");
  emulator.advanceClock(5);
  await sync.run({ streams: ["invoices_lines"] });
  expect(sync.fold.objects("invoices_lines").has("il_short_lived")).toBe(false);
});

test("an object that changed more than once within a second is fetched, once", async () => {
  await sync.run({ streams: ["customers"] });
  const id = await idOf("customers");
  emulator.advanceClock(10);
  emulator.storm({ stream: "customers", changes: 30, ids: [id] });
  emulator.advanceClock(5);
  const records = recordsIn(await sync.run({ streams: ["customers"] }), "customers");
  expect(records).toMatchObject([{ id, version: (NOW + 14) * 1e6 + 600_000 }]);
  expect(records[0]?.data).toEqual((await listed(emulator, streamNamed("customers"))).find((each) => each.id === id));
  expect(requests("/v1/customers/{customer}")).toBe(1);
});

test("an event that becomes visible late is found by the next read, and its object fetched", async () => {
  await sync.run({ streams: ["customers"] });
  emulator.configure({ lateSeconds: { events: 60 } });
  emulator.advanceClock(10);
  const id = await idOf("customers");
  emulator.update(id, { name: "Late" });
  emulator.advanceClock(30);
  expect(recordsIn(await sync.run({ streams: ["customers"] }), "customers")).toEqual([]);
  emulator.advanceClock(60);
  expect(recordsIn(await sync.run({ streams: ["customers"] }), "customers")).toMatchObject([
    { id, version: (NOW + 99) * 1e6 + 600_000, data: { name: "Late" } },
  ]);
  // and by none after that
  emulator.advanceClock(60);
  expect(recordsIn(await sync.run({ streams: ["customers"] }), "customers")).toEqual([]);
});

test("the second that is not over is left to the next read", async () => {
  await sync.run({ streams: ["customers"] });
  emulator.advanceClock(10);
  emulator.update(await idOf("customers"), { name: "Just now" });
  expect(recordsIn(await sync.run({ streams: ["customers"] }), "customers")).toEqual([]);
  emulator.advanceClock(1);
  expect(recordsIn(await sync.run({ streams: ["customers"] }), "customers")).toHaveLength(1);
});

test("an event in another API version leads to a fetch, unless objects are never to be fetched", async () => {
  await sync.run({ streams: ["customers"] });
  emulator.configure({ eventApiVersion: "2024-06-20" });
  emulator.advanceClock(10);
  emulator.update(await idOf("customers"), { name: "Ada" });
  emulator.advanceClock(5);
  const never = configOf(emulator, { events: { hydrate: "never" } });
  const other = new Sync(never);
  other.fold.globalState = sync.fold.globalState;
  for (const [stream, state] of sync.fold.states) other.fold.states.set(stream, state);
  await sync.run({ streams: ["customers"] });
  expect(requests("/v1/customers/{customer}")).toBe(1);
  const [record] = recordsIn(await other.run({ streams: ["customers"] }), "customers");
  expect(record?.version).toBe((NOW + 10) * 1e6 + 500_000);
  expect(requests("/v1/customers/{customer}")).toBe(1);
});

test("a stream that was left out, or failed, or came later misses no event", async () => {
  const streams = ["customers", "coupons"];
  await sync.run({ streams });
  const ids = { customers: await idOf("customers"), coupons: await idOf("coupons") };
  emulator.advanceClock(10);
  for (const id of Object.values(ids)) emulator.delete(id);
  emulator.advanceClock(1000);
  await sync.run({ streams: ["coupons"] });
  expect(sync.fold.objects("coupons").has(ids.coupons)).toBe(false);
  expect(GlobalState.parse(sync.fold.globalState)).toMatchObject({
    at_cursor: ["coupons"],
    behind: { customers: NOW },
  });
  emulator.advanceClock(1000);
  await sync.run({ streams });
  expect(sync.fold.objects("customers").has(ids.customers)).toBe(false);

  const id = await idOf("coupons");
  emulator.advanceClock(10);
  emulator.storm({ stream: "coupons", changes: 2, ids: [id] });
  const customer = await idOf("customers");
  emulator.update(customer, { name: "Goes on" });
  emulator.addFault({ path: `/v1/coupons/${id}`, status: 400 });
  emulator.advanceClock(1000);
  const failing = await sync.run({ streams });
  expect(failing.filter(({ type }) => type === "failure")).toMatchObject([{ stream: "coupons" }]);
  expect(failing.at(-1)).toEqual({ type: "complete", stream: "customers" });
  expect(sync.fold.objects("customers").get(customer)).toMatchObject({ name: "Goes on" });
  emulator.clearFaults();
  emulator.advanceClock(1000);
  const records = recordsIn(await sync.run({ streams }), "coupons");
  expect(records).toMatchObject([{ id, data: { metadata: { storm: "1:2" } } }]);
});

test("a place that is older than the events that Stripe keeps leads to a full listing, and what is gone is swept", async () => {
  await sync.run({ streams: ["coupons"] });
  const id = await idOf("coupons");
  emulator.advanceClock(DAY);
  emulator.delete(id);
  emulator.advanceClock(31 * DAY);
  const outputs = await sync.run({ streams: ["coupons"] });
  expect(outputs.at(-1)).toEqual({
    type: "complete",
    stream: "coupons",
    sweepVersion: (NOW + 32 * DAY - 1) * 1e6,
  });
  expect([...sync.fold.objects("coupons").keys()].sort()).toEqual(
    (await listed(emulator, streamNamed("coupons"))).map(({ id: each }) => each).sort(),
  );
  expect(sync.fold.objects("coupons").has(id)).toBe(false);
});

test.each(["the key may not read events", "events are off"])(
  "what is deleted while %s is found once they are read, without another listing",
  async (why) => {
    const off = configOf(emulator, { events: { mode: why === "events are off" ? "off" : "poll" } });
    if (why !== "events are off") emulator.addFault({ path: "/v1/events", error: "more_permissions_required" });
    await sync.run({ streams: ["customers"] }, off);
    const id = await idOf("customers");
    emulator.advanceClock(10);
    emulator.delete(id);
    emulator.advanceClock(DAY);
    await sync.run({ streams: ["customers"] }, off);
    emulator.clearFaults();
    const lists = requests("/v1/customers");
    const outputs = await sync.run({ streams: ["customers"] });
    expect(recordsIn(outputs, "customers")).toMatchObject([{ op: "delete", id, version: (NOW + 10) * 1e6 + 999_999 }]);
    expect(sync.fold.objects("customers").has(id)).toBe(false);
    expect(requests("/v1/customers")).toBe(lists);
  },
);

test("what no event tells is listed again by relist_interval, and what is gone is swept", async () => {
  const daily = configOf(emulator, { relist_interval: "1d" });
  const streams = ["webhook_endpoints"];
  await sync.run({ streams }, daily);
  const id = await idOf("webhook_endpoints");
  emulator.delete(id);
  emulator.advanceClock(DAY - 1);
  await sync.run({ streams }, daily);
  expect(sync.fold.objects("webhook_endpoints").has(id)).toBe(true);
  emulator.advanceClock(1);
  await sync.run({ streams }, daily);
  expect(sync.fold.objects("webhook_endpoints").has(id)).toBe(false);
  // without an interval in every read
  const other = await idOf("webhook_endpoints");
  emulator.delete(other);
  emulator.advanceClock(1);
  await sync.run({ streams });
  expect(sync.fold.objects("webhook_endpoints").has(other)).toBe(false);
});

test("new objects of which no event tells are listed from where the last listing began", async () => {
  await sync.run({ streams: ["balance_transactions", "charges"] });
  emulator.advanceClock(1000);
  const charge = emulator.create({ object: "charge" });
  const before = requests("/v1/charges");
  emulator.advanceClock(5);
  await sync.run({ streams: ["balance_transactions", "charges"] });
  expect(sync.fold.objects("charges").has(charge.id)).toBe(true);
  expect(requests("/v1/charges") - before).toBe(1);
});

test("events are asked for by at most 20 types, and without types where that would take many requests", async () => {
  await sync.run({ streams: ["customers", "invoices", "subscriptions", "payment_intents", "charges"] });
  const before = requests("/v1/events");
  emulator.advanceClock(10);
  const updated = await idOf("customers");
  emulator.update(updated, { name: "Ada" });
  emulator.advanceClock(5);
  // 3 + 16 + 8 + 8 + 7 types; the emulator refuses more than 20 in one request
  const outputs = await sync.run({
    streams: ["customers", "invoices", "subscriptions", "payment_intents", "charges"],
  });
  expect(recordsIn(outputs, "customers")).toMatchObject([{ id: updated }]);
  // one request finds out whether the key may read events
  expect(requests("/v1/events") - before).toBe(1 + 3);
});

test("what a listing showed to be gone is swept by the next read when this one was killed before its end", async () => {
  const config = configOf(emulator);
  await sync.run({ streams: ["coupons"] });
  const id = await idOf("coupons");
  emulator.advanceClock(DAY);
  emulator.delete(id);
  emulator.advanceClock(31 * DAY);
  for await (const output of reading(config, sync.fold, { streams: ["coupons"] })) {
    if (output.type === "complete") break;
    sync.fold.add(output);
  }
  expect(sync.fold.objects("coupons").has(id)).toBe(true);
  await sync.run({ streams: ["coupons"] });
  expect(sync.fold.objects("coupons").has(id)).toBe(false);
});
