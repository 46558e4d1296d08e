import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../emulator.ts";
import { type Item, getError, getList, walk } from "../fixtures/api-client.ts";

let emulator: Emulator;
let newestFirst: Item[];
beforeAll(async () => {
  emulator = await startEmulator({ now: 1_790_000_000, objects: { customers: 90, charges: 60 } });
  newestFirst = await walk(emulator, "/v1/customers");
});
afterAll(() => emulator.close());

const limits = fc.integer({ min: 1, max: 100 });

test("a list is newest first", () => {
  const times = newestFirst.map(createdOf);
  expect(times).toEqual(times.toSorted((left, right) => right - left));
  expect(newestFirst).toHaveLength(90);
});

test("a page holds ten objects unless another limit is asked for", async () => {
  const page = await getList(emulator, "/v1/customers");
  expect(page).toMatchObject({ has_more: true, url: "/v1/customers" });
  expect(page.data).toEqual(newestFirst.slice(0, 10));
});

test("following starting_after visits each object once, whatever the limit", async () => {
  await fc.assert(
    fc.asyncProperty(limits, async (limit) => {
      expect(await walk(emulator, "/v1/customers", limit)).toEqual(newestFirst);
    }),
    { numRuns: 20 },
  );
});

test("following ending_before visits each object once from the oldest on, each page newest first", async () => {
  await fc.assert(
    fc.asyncProperty(limits, async (limit) => {
      const oldest = newestFirst.at(-1);
      let visited = oldest === undefined ? [] : [oldest];
      for (let hasMore = true; hasMore;) {
        const page = await getList(emulator, `/v1/customers?limit=${limit}&ending_before=${visited[0]?.id}`);
        visited = [...page.data, ...visited];
        hasMore = page.has_more;
      }
      expect(visited).toEqual(newestFirst);
    }),
    { numRuns: 20 },
  );
});

test("windows of created that meet visit each object once, also where a second holds several", async () => {
  const [newest, oldest] = [newestFirst[0], newestFirst.at(-1)].map((item) =>
    item === undefined ? 0 : createdOf(item),
  );
  const bounds = fc.array(fc.constantFrom(...newestFirst.map(createdOf)), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(bounds, limits, async (inner, limit) => {
      const edges = [...new Set([Number(oldest), ...inner, Number(newest) + 1])].toSorted(
        (left, right) => left - right,
      );
      const windows = edges.slice(1).map((to, at) => `created[gte]=${edges[at]}&created[lt]=${to}`);
      const parts = await Promise.all(windows.map((window) => walk(emulator, `/v1/customers?${window}`, limit)));
      expect(parts.toReversed().flat()).toEqual(newestFirst);
    }),
    { numRuns: 20 },
  );
});

test("created takes a second, and gt and lte as well", async () => {
  const second = Number(newestFirst[40]?.["created"]);
  const same = newestFirst.filter((item) => createdOf(item) === second);
  expect(await walk(emulator, `/v1/customers?created=${second}`)).toEqual(same);
  const newer = newestFirst.filter((item) => createdOf(item) > second);
  expect(await walk(emulator, `/v1/customers?created[gt]=${second}`)).toEqual(newer);
  const notNewer = newestFirst.filter((item) => createdOf(item) <= second);
  expect(await walk(emulator, `/v1/customers?created[lte]=${second}`)).toEqual(notNewer);
});

test("a filter shows what fits it and pages through that alone", async () => {
  const charges = await walk(emulator, "/v1/charges");
  const customer = String(charges[0]?.["customer"]);
  const own = charges.filter((charge) => charge["customer"] === customer);
  expect(await walk(emulator, `/v1/charges?customer=${customer}`, 1)).toEqual(own);
  const subscriptions = await walk(emulator, "/v1/subscriptions?status=all");
  const [customerId, status] = [String(subscriptions[0]?.["customer"]), String(subscriptions[0]?.["status"])];
  const fitting = subscriptions.filter((item) => item["customer"] === customerId && item["status"] === status);
  expect(await walk(emulator, `/v1/subscriptions?customer=${customerId}&status=${status}`)).toEqual(fitting);
});

test("canceled subscriptions are hidden unless they are asked for", async () => {
  const everything = await walk(emulator, "/v1/subscriptions?status=all");
  const canceled = everything.filter((item) => item["status"] === "canceled");
  expect(canceled.length).toBeGreaterThan(0);
  expect(await walk(emulator, "/v1/subscriptions?status=canceled")).toEqual(canceled);
  expect(await walk(emulator, "/v1/subscriptions")).toEqual(everything.filter((item) => item["status"] !== "canceled"));
  const error = await getError(emulator, `/v1/subscriptions?starting_after=${canceled[0]?.id}`);
  expect(error).toMatchObject({ status: 400, code: "resource_missing", param: "starting_after" });
});

test("a cursor whose object is gone is refused", async () => {
  const id = emulator.create({ object: "customer" }).id;
  emulator.delete(id);
  const error = await getError(emulator, `/v1/customers?starting_after=${id}`);
  expect(error).toMatchObject({
    code: "resource_missing",
    param: "starting_after",
    message: `No such customer: '${id}'`,
  });
});

test("events are found by type, by wildcard and by a list of types", async () => {
  const events = await walk(emulator, "/v1/events");
  const ofType = (pattern: RegExp) => events.filter((event) => pattern.test(String(event["type"])));
  expect(await walk(emulator, "/v1/events?type=charge.succeeded")).toEqual(ofType(/^charge\.succeeded$/));
  expect(await walk(emulator, "/v1/events?type=customer.*")).toEqual(ofType(/^customer\./));
  const two = await walk(emulator, "/v1/events?types[]=charge.succeeded&types[]=invoice.created");
  expect(two).toEqual(ofType(/^(charge\.succeeded|invoice\.created)$/));
  expect(await walk(emulator, "/v1/events?delivery_success=false")).toEqual([]);
  const many = Array.from({ length: 21 }, (_, at) => `types[]=a${at}`).join("&");
  expect(await getError(emulator, `/v1/events?${many}`)).toMatchObject({ status: 400, param: "types" });
});

function createdOf(item: Item): number {
  return Number(item["created"]);
}
