import { afterEach, beforeEach, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../emulator.ts";
import { control, getError, getList, request } from "../fixtures/api-client.ts";

let emulator: Emulator;
beforeEach(async () => {
  emulator = await startEmulator({ now: 1_790_000_000, objects: { customers: 20 } });
});
afterEach(() => emulator.close());

function configure(settings: Record<string, unknown>) {
  return control(emulator, ["POST", "/_emulator/settings"], settings);
}

async function answers(paths: string[]) {
  const responses = await Promise.all(paths.map((path) => request(emulator, path)));
  return responses.map(({ status, headers }) => `${status} ${headers.get("stripe-rate-limited-reason") ?? ""}`.trim());
}

test("without limits every request is let in", async () => {
  const sent = await answers(Array.from({ length: 300 }, () => "/v1/customers?limit=1"));
  expect(new Set(sent)).toEqual(new Set(["200"]));
});

test("beyond the endpoint's rate a request is refused with the reason, and other endpoints are not", async () => {
  await configure({ rate_limits: { endpoint: 0.001 } });
  expect(await answers(["/v1/customers", "/v1/charges"])).toEqual(["200", "200"]);
  expect(await answers(["/v1/customers"])).toEqual(["429 endpoint-rate"]);
  expect(await getError(emulator, "/v1/charges")).toMatchObject({
    code: "rate_limit",
    type: "invalid_request_error",
    message: expect.stringContaining("Request rate limit exceeded"),
  });
  expect(await answers(["/v1/invoices"])).toEqual(["200"]);
});

test("all objects of one kind share the rate of their endpoint", async () => {
  const [first, second] = (await getList(emulator, "/v1/customers?limit=2")).data;
  await configure({ rate_limits: { endpoint: 0.001 } });
  expect(await answers([`/v1/customers/${first?.id}`])).toEqual(["200"]);
  expect(await answers([`/v1/customers/${second?.id}`])).toEqual(["429 endpoint-rate"]);
});

test("the account's rate counts all endpoints together and comes back with time", async () => {
  await configure({ rate_limits: { global: 0.5 } });
  const sent = await answers(["/v1/customers", "/v1/charges", "/v1/invoices", "/v1/refunds", "/v1/payouts"]);
  expect(sent.filter((answer) => answer === "429 global-rate").length).toBeGreaterThanOrEqual(1);
  await expect.poll(() => answers(["/v1/customers"]), { timeout: 20_000 }).toEqual(["200"]);
});

test("requests at the same time are limited too, and one that is over makes room", async () => {
  await configure({ rate_limits: { endpoint_concurrency: 1 } });
  emulator.addFault({ path: "/v1/customers", times: 1, hang: "mid_body" });
  const stalled = await request(emulator, "/v1/customers");
  expect(await answers(["/v1/customers", "/v1/charges"])).toEqual(["429 endpoint-concurrency", "200"]);
  await configure({ rate_limits: { global_concurrency: 1 } });
  expect(await answers(["/v1/charges"])).toEqual(["429 global-concurrency"]);
  await stalled.body?.cancel();
  await expect.poll(() => answers(["/v1/charges"])).toEqual(["200"]);
});

test("limits are shown, and end when they are set to null", async () => {
  const { body } = await configure({ rate_limits: { global: 0.001 } });
  expect(body).toMatchObject({ rate_limits: { global: 0.001, endpoint: null } });
  await answers(["/v1/customers"]);
  expect(await answers(["/v1/customers"])).toEqual(["429 global-rate"]);
  await configure({ rate_limits: { global: null } });
  expect(await answers(["/v1/customers"])).toEqual(["200"]);
});

test("a restricted key reads what it may, and what is listed below that", async () => {
  const key = "rk_test_customers1234";
  emulator.restrictKey(key, ["customer_read"]);
  const headers = { authorization: `Bearer ${key}` };
  const [customer] = (await getList(emulator, "/v1/customers")).data;
  for (const path of ["/v1/customers", `/v1/customers/${customer?.id}`, `/v1/customers/${customer?.id}/tax_ids`]) {
    expect((await request(emulator, path, headers)).status).toBe(200);
  }
});

test("a restricted key is told the permission that it lacks, before whether the object exists", async () => {
  emulator.restrictKey("rk_test_customers1234", ["customer_read"]);
  const headers = { authorization: "Bearer rk_test_customers1234" };
  for (const path of ["/v1/credit_notes", "/v1/credit_notes/cn_none", "/v1/credit_notes/cn_none/lines"]) {
    const error = await getError(emulator, path, headers);
    expect(error).toMatchObject({ status: 403, code: "more_permissions_required" });
    expect(error.message).toContain('Enabling "Credit Notes Read" (`credit_note_read`) permissions');
    expect(error.message).not.toContain("rk_test_customers1234");
  }
  expect((await getError(emulator, "/v1/issuing/cards", headers)).message).toContain("(`issuing_card_read`)");
});

test("a permission that there is not is refused with those that there are", async () => {
  const body = { key: "rk_test_a", permissions: ["unicorn_read"] };
  const answer = await control(emulator, ["POST", "/_emulator/keys"], body);
  expect(answer.status).toBe(400);
  expect(Object(answer.body["error"]).message).toMatch(
    /^There is no permission "unicorn_read"; there are .*charge_read/,
  );
  expect(() => emulator.restrictKey("rk_test_a", ["nothing_read"])).toThrow("There is no permission");
});

test("another account's name in the header is refused", async () => {
  const own = await request(emulator, "/v1/customers", { "stripe-account": emulator.accountId });
  expect(own.status).toBe(200);
  const other = await getError(emulator, "/v1/customers", { "stripe-account": "acct_other" });
  expect(other).toMatchObject({ status: 403, code: "account_invalid", message: expect.stringContaining("acct_other") });
});
