import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../emulator.ts";
import { getError, getV2List, request, walkV2 } from "../fixtures/api-client.ts";

const NOW = 1_790_000_000;
const ADJUSTMENTS = "/v2/money_management/adjustments";

let emulator: Emulator;
beforeEach(async () => {
  emulator = await startEmulator({ now: NOW });
});
afterEach(() => emulator.close());

function refusal(path: string) {
  return getError(emulator, path, { "stripe-version": emulator.apiVersion });
}

test("following next_page_url visits each object once, whatever the limit", async () => {
  const whole = await walkV2(emulator, ADJUSTMENTS);
  expect(whole).toHaveLength(emulator.counts()["v2_money_management_adjustments"] ?? 0);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 20 }), async (limit) => {
      expect(await walkV2(emulator, ADJUSTMENTS, limit)).toEqual(whole);
    }),
    { numRuns: 10 },
  );
});

test("a page is indented, has neither object nor has_more, and the last one leads nowhere", async () => {
  const response = await request(emulator, `${ADJUSTMENTS}?limit=20`, { "stripe-version": emulator.apiVersion });
  const text = await response.text();
  expect(text).toBe(`${JSON.stringify(JSON.parse(text), null, 2)}\n`);
  expect(Object.keys(JSON.parse(text))).toEqual(["data", "next_page_url", "previous_page_url"]);
  expect((await getV2List(emulator, ADJUSTMENTS)).next_page_url).toMatch(
    /^\/v2\/money_management\/adjustments\?limit=10&page=/,
  );
  expect((await getV2List(emulator, `${ADJUSTMENTS}?limit=20`)).next_page_url).toBeNull();
});

test("filters belong to the first request and hold for all its pages", async () => {
  const type = "v1.charge.succeeded";
  for (let made = 0; made < 5; made += 1) emulator.create({ object: "charge", status: "succeeded" });
  const events = await walkV2(emulator, `/v2/core/events?types=${type}`, 2);
  expect(new Set(events.map((event) => event["type"]))).toEqual(new Set([type]));
  expect(events.length).toBeGreaterThanOrEqual(5);
  const { next_page_url } = await getV2List(emulator, `/v2/core/events?types=${type}&limit=2`);
  expect(await refusal(`${next_page_url}&types=other`)).toMatchObject({ status: 400, param: "types" });
});

test("a page behind an object that is gone begins where it stood", async () => {
  const whole = await walkV2(emulator, ADJUSTMENTS);
  const first = await getV2List(emulator, `${ADJUSTMENTS}?limit=5`);
  emulator.delete(first.data.at(-1)?.id ?? "");
  const second = await getV2List(emulator, first.next_page_url ?? "");
  expect(second.data).toEqual(whole.slice(5, 10));
});

test("created is a text, and so are the bounds of its filter", async () => {
  const whole = await walkV2(emulator, ADJUSTMENTS);
  const middle = String(whole[7]?.["created"]);
  expect(middle).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
  const after = whole.filter((item) => String(item["created"]) > middle);
  const from = whole.filter((item) => String(item["created"]) >= middle);
  expect(await walkV2(emulator, `${ADJUSTMENTS}?created[gt]=${middle}`)).toEqual(after);
  expect(await walkV2(emulator, `${ADJUSTMENTS}?created[gte]=${middle}`)).toEqual(from);
  expect([...from, ...(await walkV2(emulator, `${ADJUSTMENTS}?created[lt]=${middle}`))]).toEqual(whole);
  const imports = "/v2/commerce/product_catalog/imports";
  expect(await walkV2(emulator, `${imports}?created_gt=${new Date(NOW * 1000).toISOString()}`)).toEqual([]);
});

test("closed accounts are in a list of their own, and deleting an account closes it", async () => {
  const open = await walkV2(emulator, "/v2/core/accounts");
  const closed = await walkV2(emulator, "/v2/core/accounts?closed=true");
  expect(closed.length).toBeGreaterThan(0);
  expect(open.length + closed.length).toBe(emulator.counts()["v2_core_accounts"]);
  const id = open[0]?.id ?? "";
  emulator.delete(id);
  expect((await walkV2(emulator, "/v2/core/accounts")).map((account) => account.id)).not.toContain(id);
  expect((await walkV2(emulator, "/v2/core/accounts?closed=true")).map((account) => account.id)).toContain(id);
  const [event] = await walkV2(emulator, `/v2/core/events?object_id=${id}&types=v2.core.account.closed`);
  expect(event).toMatchObject({ related_object: { id, type: "v2.core.account", url: `/v2/core/accounts/${id}` } });
});

test("a thin event leads to its object, and to the snapshot event of the same happening", async () => {
  const { id } = emulator.create({ object: "customer" });
  const [thin] = await walkV2(emulator, `/v2/core/events?object_id=${id}`);
  expect(thin).toMatchObject({
    object: "v2.core.event",
    type: "v1.customer.created",
    created: new Date(NOW * 1000).toISOString(),
    related_object: { id, type: "customer", url: `/v1/customers/${id}` },
  });
  expect(thin).not.toHaveProperty("data");
  const snapshot = await request(emulator, `/v1/events/${String(thin?.["snapshot_event"])}`);
  expect(await snapshot.json()).toMatchObject({ type: "customer.created", data: { object: { id } } });
});

test("an object of version 2 is created with texts for times, told by a thin event alone, and can be retrieved", async () => {
  const made = emulator.create({ object: "v2.core.account", display_name: "Harbor" });
  expect(made["created"]).toBe(new Date(NOW * 1000).toISOString());
  emulator.update(made.id, { display_name: "Lantern" });
  const events = await walkV2(emulator, `/v2/core/events?object_id=${made.id}`);
  expect(events.map((event) => String(event["type"])).toSorted()).toEqual([
    "v2.core.account.created",
    "v2.core.account.updated",
  ]);
  const found = await request(emulator, `/v2/core/accounts/${made.id}`, { "stripe-version": emulator.apiVersion });
  expect(await found.json()).toMatchObject({ id: made.id, display_name: "Lantern" });
});

test("persons are listed under their account", async () => {
  const [account] = await walkV2(emulator, "/v2/core/accounts");
  const persons = await walkV2(emulator, `/v2/core/accounts/${account?.id}/persons`);
  for (const person of persons) expect(person).toMatchObject({ account: account?.id });
  expect(await refusal("/v2/core/accounts/acct_none/persons")).toMatchObject({ status: 404, code: "resource_missing" });
});

test.each([
  [`${ADJUSTMENTS}?limit=21`, { status: 400, param: "limit" }],
  [`${ADJUSTMENTS}?starting_after=x`, { status: 400, param: "starting_after", code: "parameter_unknown" }],
  [`${ADJUSTMENTS}?created[gte]=yesterday`, { status: 400, param: "created[gte]" }],
  [`${ADJUSTMENTS}?page=nonsense`, { status: 400, param: "page" }],
  ["/v2/core/accounts/acct_none", { status: 404, code: "resource_missing" }],
])("%s is refused", async (path, expected) => {
  expect(await refusal(path)).toMatchObject(expected);
});

test("a request without a version is refused", async () => {
  expect(await getError(emulator, ADJUSTMENTS)).toMatchObject({ status: 400, code: "missing_stripe_version" });
});
