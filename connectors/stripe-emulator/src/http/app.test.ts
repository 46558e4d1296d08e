import { afterAll, beforeAll, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../emulator.ts";
import { getError, getList, getObject, request } from "../fixtures/api-client.ts";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ now: 1_790_000_000, apiKeys: ["sk_test_first0001", "rk_test_second0002"] });
});
afterAll(() => emulator.close());

test("any of the keys is let in, as a bearer token or as the user of basic auth", async () => {
  for (const key of ["sk_test_first0001", "rk_test_second0002"]) {
    const basic = `Basic ${Buffer.from(`${key}:`).toString("base64")}`;
    for (const authorization of [`Bearer ${key}`, basic]) {
      expect((await request(emulator, "/v1/customers", { authorization })).status).toBe(200);
    }
  }
});

test("a missing, a wrong and a publishable key are refused each in its way, and no key is shown whole", async () => {
  const missing = await fetch(`${emulator.url}/v1/customers`);
  expect(missing.status).toBe(401);
  expect(await missing.text()).toContain("You did not provide an API key");
  const wrong = await getError(emulator, "/v1/customers", { authorization: "Bearer sk_test_abcdefghij1234" });
  expect(wrong).toMatchObject({ status: 401, message: "Invalid API Key provided: sk_test_**********1234" });
  const publishable = await getError(emulator, "/v1/customers", { authorization: "Bearer pk_test_abcdefghij1234" });
  expect(publishable).toMatchObject({ status: 403, code: "secret_key_required" });
});

test("every answer says its id, its version, its time and its type, errors too", async () => {
  for (const path of ["/v1/customers", "/v1/nothing", "/v1/customers?limit=0"]) {
    const { headers } = await request(emulator, path);
    expect(headers.get("request-id")).toMatch(/^req_\w{14}$/);
    expect(headers.get("stripe-version")).toBe(emulator.apiVersion);
    expect(headers.get("content-type")).toBe("application/json");
    expect(headers.get("date")).toBe(new Date(1_790_000_000_000).toUTCString());
  }
});

test("the version asked for is echoed, and a malformed one refused", async () => {
  const old = await request(emulator, "/v1/customers", { "stripe-version": "2024-06-20" });
  expect(old.headers.get("stripe-version")).toBe("2024-06-20");
  const bad = await getError(emulator, "/v1/customers", { "stripe-version": "latest" });
  expect(bad).toMatchObject({ status: 400, message: "Invalid Stripe API version: latest" });
});

test.each([
  ["/v1/customers?limit=101", { status: 400, param: "limit" }],
  ["/v1/customers?limit=0", { status: 400, param: "limit" }],
  ["/v1/customers?limit=ten", { status: 400, param: "limit", message: "Invalid integer: ten" }],
  ["/v1/customers?colour=red", { status: 400, param: "colour", message: "Received unknown parameter: colour" }],
  ["/v1/customers?created[since]=1", { status: 400, message: "Received unknown parameter: created[since]" }],
  ["/v1/payment_methods?created=1", { status: 400, message: "Received unknown parameter: created" }],
  ["/v1/customers?created[gte]=today", { status: 400, param: "created[gte]" }],
  ["/v1/customers?starting_after=a&ending_before=b", { status: 400 }],
  ["/v1/customers?expand[]=data.email", { status: 400, message: "This property cannot be expanded (data.email)." }],
  ["/v1/reporting/report_types?limit=5", { status: 400, message: "Received unknown parameter: limit" }],
  ["/v1/prices?recurring[interval]=month", { status: 400, param: "recurring[interval]" }],
  ["/v1/subscription_items", { status: 400, message: "Missing required param: subscription." }],
  ["/v1/subscription_items?subscription=sub_x", { status: 400, code: "resource_missing", param: "subscription" }],
  ["/v1/customers/cus_x", { status: 404, code: "resource_missing", message: "No such customer: 'cus_x'" }],
  ["/v1/invoices/in_x/lines", { status: 404, code: "resource_missing", message: "No such invoice: 'in_x'" }],
  ["/v1/x", { status: 404, message: expect.stringContaining("Unrecognized request URL (GET: /v1/x).") }],
])("%s is refused as the API refuses it", async (path, expected) => {
  expect(await getError(emulator, path)).toMatchObject({ type: "invalid_request_error", ...expected });
});

test("an object of a list can be retrieved, also one that belongs to another", async () => {
  const { data } = await getList(emulator, "/v1/charges?limit=1");
  expect(await getObject(emulator, `/v1/charges/${data[0]?.id}`)).toEqual(data[0]);
  const methods = await getList(emulator, "/v1/payment_methods?limit=1");
  const [method] = methods.data;
  const path = `/v1/customers/${String(method?.["customer"])}/payment_methods`;
  expect(await getObject(emulator, `${path}/${method?.id}`)).toEqual(method);
  const other = await getList(emulator, "/v1/customers?limit=2");
  const stranger = other.data.find(({ id }) => id !== method?.["customer"]);
  expect(await getError(emulator, `/v1/customers/${stranger?.id}/payment_methods/${method?.id}`)).toMatchObject({
    status: 404,
  });
});

test("the account of the key is there", async () => {
  expect(await getObject(emulator, "/v1/account")).toMatchObject({ object: "account", charges_enabled: true });
});

test("bodies are indented by two spaces, lists and objects alike", async () => {
  for (const path of ["/v1/invoices?limit=3", "/v1/account", "/v1/refunds?charge=none"]) {
    const text = await (await request(emulator, path)).text();
    expect(text).toBe(`${JSON.stringify(JSON.parse(text), null, 2)}\n`);
  }
});

test("a path of the API that writes is refused as unknown, whatever its body", async () => {
  const headers = { authorization: `Bearer ${emulator.apiKey}` };
  const answer = await fetch(`${emulator.url}/v1/customers`, {
    method: "POST",
    headers,
    body: new URLSearchParams({ name: "Ada" }),
  });
  expect(answer.status).toBe(404);
  expect(await answer.text()).toContain("Unrecognized request URL (POST: /v1/customers)");
});
