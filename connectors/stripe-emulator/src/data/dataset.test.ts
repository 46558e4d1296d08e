import { readCatalog } from "@sluice/stripe-catalog";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../emulator.ts";
import { type Item, walk, walkV2 } from "../fixtures/api-client.ts";
import { planStreams } from "./stream-plan.ts";

const NOW = 1_790_000_000;
const catalog = readCatalog();
const everyPlan = planStreams(catalog).filter((plan) => plan.list !== undefined);
const plans = everyPlan.filter((plan) => plan.list?.pagination === "v1_cursor");
const ajv = new Ajv2020({
  formats: { "unix-time": { type: "number", validate: Number.isSafeInteger }, "date-time": true },
});

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ now: NOW });
});
afterAll(() => emulator.close());

const topLevel = plans.filter((plan) => plan.parent === undefined && plan.list?.required_query.length === 0);

test("every list of the catalog but searches is there", () => {
  expect(everyPlan.map((plan) => plan.list?.path)).toEqual(
    catalog.lists.filter((list) => list.pagination !== "search").map((list) => list.path),
  );
});

test.each(topLevel.map((plan) => [plan.name, plan] as const))(
  "every object of %s keeps to its schema",
  async (_, plan) => {
    const path = plan.list?.path ?? "";
    const items = plan.list?.paged === false ? await unpaged(path) : await walk(emulator, `${path}${all(plan.name)}`);
    expect(items).toHaveLength(emulator.counts()[plan.name] ?? -1);
    expect(items.length).toBeGreaterThan(0);
    expectValid(plan.object, items);
  },
);

test.each(everyPlan.filter((plan) => plan.list?.pagination === "v2_page_token" && plan.parent === undefined))(
  "every object of $name keeps to its schema",
  async ({ name, object, list }) => {
    const items = await walkV2(emulator, list?.path ?? "");
    const closed = name === "v2_core_accounts" ? await walkV2(emulator, "/v2/core/accounts?closed=true") : [];
    expect(items.length + closed.length).toBe(emulator.counts()[name]);
    expect(items.length).toBeGreaterThan(0);
    expectValid(object, items);
  },
);

test("every list that belongs to an object keeps to its schema and holds what is counted", async () => {
  for (const plan of plans) {
    if (plan.parent === undefined || plan.list?.paged !== true) continue;
    const parentPath = plans.find(({ name }) => name === plan.parent?.stream)?.list?.path;
    if (parentPath === undefined) continue;
    const parents = await walk(emulator, parentPath + all(plan.parent.stream));
    const lists = await Promise.all(parents.map((parent) => walk(emulator, childPath(plan, parent.id))));
    expectValid(plan.object, lists.flat());
    const counted = plan.view === undefined ? { [plan.name]: lists.flat().length } : {};
    expect(emulator.counts()).toMatchObject(counted);
  }
});

test("objects refer to objects that exist and agree with them", async () => {
  const [charges, intents, customers, refunds, moves] = await Promise.all(
    ["charges", "payment_intents", "customers", "refunds", "balance_transactions"].map(async (name) => {
      const items = await walk(emulator, `/v1/${name}`);
      return new Map(items.map((item) => [item.id, item]));
    }),
  );
  for (const charge of charges?.values() ?? []) {
    const intent = intents?.get(String(charge["payment_intent"]));
    expect(intent).toMatchObject({ amount: charge["amount"], customer: charge["customer"] });
    const customer = customers?.get(String(charge["customer"]));
    expect(customer?.["created"]).toBeLessThanOrEqual(Number(charge["created"]));
    if (charge["status"] === "failed") expect(charge["balance_transaction"]).toBeNull();
    else
      expect(moves?.get(String(charge["balance_transaction"]))).toMatchObject({
        source: charge.id,
        amount: charge["amount"],
      });
    const refunded = [...(refunds?.values() ?? [])].filter((refund) => refund["charge"] === charge.id);
    expect(refunded.reduce((sum, refund) => sum + Number(refund["amount"]), 0)).toBe(charge["amount_refunded"]);
  }
  const events = await walk(emulator, "/v1/events");
  expect(new Set(events.map((event) => event["type"]))).toContain("charge.succeeded");
});

test("several objects share a second", async () => {
  const seconds = (await walk(emulator, "/v1/customers")).map((customer) => customer["created"]);
  expect(new Set(seconds).size).toBeLessThan(seconds.length);
});

test("an invoice shows ten of its lines and says that there are more", async () => {
  const invoices = await walk(emulator, "/v1/invoices");
  const long = invoices.filter((invoice) => Object(invoice["lines"]).has_more === true);
  expect(long.length).toBeGreaterThan(5);
  for (const invoice of long.slice(0, 5)) {
    const lines = await walk(emulator, `/v1/invoices/${invoice.id}/lines`, 10);
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.slice(0, 10)).toEqual(Object(invoice["lines"]).data);
    expect(lines.reduce((sum, line) => sum + Number(line["amount"]), 0)).toBe(invoice["total"]);
  }
});

test("the same options give the same bytes, another seed gives others", async () => {
  await using twin = await startEmulator({ now: NOW });
  await using other = await startEmulator({ now: NOW, seed: 2, apiKeys: [emulator.apiKey] });
  for (const path of ["/v1/charges?limit=100", "/v1/quotes?limit=100", "/v1/events?limit=100", "/v1/account"]) {
    const [mine, same, different] = await Promise.all(
      [emulator, twin, other].map(async ({ url, apiKey }) => {
        const response = await fetch(url + path, { headers: { authorization: `Bearer ${apiKey}` } });
        return response.text();
      }),
    );
    expect(same).toBe(mine);
    expect(different).not.toBe(mine);
  }
});

test("a stream takes the number of objects that is asked for, or the reason is said", async () => {
  await using sized = await startEmulator({ objects: { customers: 3, charges: 250, payouts: 0 } });
  expect(sized.counts()).toMatchObject({ customers: 3, charges: 250, payouts: 0 });
  expect(await walk(sized, "/v1/charges")).toHaveLength(250);
  await expect(startEmulator({ objects: { custommers: 3 } })).rejects.toThrow(
    '"custommers" is no stream; the streams are acc',
  );
  await expect(startEmulator({ objects: { events: 3 } })).rejects.toThrow("events follow from the other objects");
  await expect(startEmulator({ objects: { invoices_lines: 3 } })).rejects.toThrow("ask for more invoices instead");
  await expect(startEmulator({ objects: { customers: 0, charges: 5 } })).rejects.toThrow("charges cannot be 5 while");
});

function all(stream: string): string {
  return stream === "subscriptions" ? "?status=all" : "";
}

function childPath({ list, parent }: (typeof plans)[number], id: string): string {
  const path = list?.path.replace(/\{\w+\}/, id) ?? "";
  const required = [...(list?.required_query ?? []), ...(list?.path === path ? [parent?.parameter ?? ""] : [])];
  const query = new URLSearchParams(
    Object.fromEntries(required.map((name) => [name, name === parent?.parameter ? id : "1"])),
  );
  return `${path}?${query.toString()}`;
}

async function unpaged(path: string): Promise<Item[]> {
  const response = await fetch(emulator.url + path, { headers: { authorization: `Bearer ${emulator.apiKey}` } });
  const body = Object(await response.json());
  return body.data;
}

function expectValid(object: string, items: Item[]): void {
  const schema = catalog.schemas[object];
  expect(schema).toBeDefined();
  const validate = ajv.compile(schema ?? false);
  for (const item of items) expect(validate(item) ? [] : validate.errors, `${object} ${item.id}`).toEqual([]);
}
