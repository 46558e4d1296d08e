import { afterEach, beforeEach, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../emulator.ts";
import { control, getError, getList, request } from "../fixtures/api-client.ts";

let emulator: Emulator;
beforeEach(async () => {
  emulator = await startEmulator();
});
afterEach(() => emulator.close());

function setFault(fault: Record<string, unknown>) {
  return control(emulator, ["POST", "/_emulator/faults"], fault);
}

test("a status fault hits the requests that it names, after and for as many as it says", async () => {
  await setFault({ path: "/v1/customers", status: 503, after_requests: 1, times: 2 });
  const statuses: number[] = [];
  for (let sent = 0; sent < 5; sent += 1) statuses.push((await request(emulator, "/v1/customers")).status);
  expect(statuses).toEqual([200, 503, 503, 200, 200]);
  expect((await request(emulator, "/v1/charges")).status).toBe(200);
});

test("a path that ends in a star stands for every path that begins so", async () => {
  await setFault({ path: "/v1/invoices*", status: 500 });
  expect((await request(emulator, "/v1/invoices")).status).toBe(500);
  expect((await request(emulator, "/v1/invoices/in_x/lines")).status).toBe(500);
  expect((await request(emulator, "/v1/charges")).status).toBe(200);
});

test("a fault of a parameter hits the requests whose query has it", async () => {
  await setFault({ path: "/v1/customers", parameter: "starting_after", status: 500 });
  const [newest] = (await getList(emulator, "/v1/customers")).data;
  expect((await request(emulator, `/v1/customers?starting_after=${newest?.id}`)).status).toBe(500);
  expect((await request(emulator, "/v1/customers?limit=3")).status).toBe(200);
});

test("a fault answers in the API's form, with the headers and the body that it is given", async () => {
  await setFault({ status: 429, times: 1, headers: { "retry-after": "3" } });
  const limited = await request(emulator, "/v1/charges");
  expect(limited.headers.get("retry-after")).toBe("3");
  expect(await limited.json()).toMatchObject({ error: { code: "rate_limit" } });
  await setFault({ times: 1, body: '{"object": "list", "data": [' });
  const cut = await request(emulator, "/v1/charges");
  expect([cut.status, await cut.text()]).toEqual([200, '{"object": "list", "data": [']);
  await setFault({ status: 400, times: 1, body: { error: { message: "No.", type: "invalid_request_error" } } });
  expect(await getError(emulator, "/v1/charges")).toMatchObject({ status: 400, message: "No." });
});

test("a reset before the headers breaks the connection without an answer", async () => {
  await setFault({ reset: true, times: 1 });
  await expect(request(emulator, "/v1/charges")).rejects.toThrow("fetch failed");
  expect((await request(emulator, "/v1/charges")).status).toBe(200);
});

test("a reset in the middle of the body comes after headers that promise the whole of it", async () => {
  await setFault({ reset: "mid_body", times: 1 });
  const response = await request(emulator, "/v1/charges?limit=100");
  expect([response.status, Number(response.headers.get("content-length")) > 100_000]).toEqual([200, true]);
  await expect(response.text()).rejects.toThrow("terminated");
  expect((await getList(emulator, "/v1/charges?limit=100")).data).toHaveLength(100);
});

test.each([
  ["cut", /^\{\n  "object": "list",/],
  ["html", /^<html>/],
  ["empty", /^$/],
])("a body that is garbled (%s) comes whole by its length, with status 200", async (garble, form) => {
  const whole = await (await request(emulator, "/v1/charges?limit=5")).text();
  await setFault({ garble, times: 1 });
  const response = await request(emulator, "/v1/charges?limit=5");
  const text = await response.text();
  expect([response.status, Number(response.headers.get("content-length"))]).toEqual([200, Buffer.byteLength(text)]);
  expect(text).toMatch(form);
  expect(text.length).toBeLessThan(whole.length);
  expect(() => JSON.parse(text)).toThrow(/JSON/);
});

test("a request that hangs gets no answer until its client gives up", async () => {
  await setFault({ path: "/v1/charges", hang: true, times: 1 });
  const giveUp = new AbortController();
  const hung = fetch(`${emulator.url}/v1/charges`, { signal: giveUp.signal });
  await expect.poll(() => emulator.requests().paths["/v1/charges"]).toBe(1);
  expect((await request(emulator, "/v1/customers")).status).toBe(200);
  giveUp.abort();
  await expect(hung).rejects.toThrow("aborted");
  expect((await request(emulator, "/v1/charges")).status).toBe(200);
});

test("a body that hangs begins and never ends", async () => {
  await setFault({ path: "/v1/charges", hang: "mid_body", times: 1 });
  const response = await request(emulator, "/v1/charges?limit=100");
  const reader = response.body?.getReader();
  expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
  await reader?.cancel();
  expect((await request(emulator, "/v1/charges")).status).toBe(200);
});

test.each([
  ["empty", false],
  ["empty_with_more", true],
])("a page can be %s although the list is not", async (page, hasMore) => {
  await setFault({ path: "/v1/charges", page, times: 1 });
  expect(await getList(emulator, "/v1/charges")).toMatchObject({ data: [], has_more: hasMore });
  expect((await getList(emulator, "/v1/charges")).data).toHaveLength(10);
});

test("the last object of a page can be removed once the page is sent, so that the next page has lost its place", async () => {
  await setFault({ path: "/v1/customers", removes: "cursor", times: 1 });
  const [customers] = [(await getList(emulator, "/v1/customers")).data];
  const cursor = customers.at(-1)?.id;
  const error = await getError(emulator, `/v1/customers?starting_after=${cursor}`);
  expect(error).toMatchObject({ code: "resource_missing", param: "starting_after" });
  await setFault({ path: "/v1/subscriptions", removes: "cursor", times: 1 });
  const subscriptions = (await getList(emulator, "/v1/subscriptions")).data;
  expect(subscriptions.at(-1)).not.toHaveProperty("status", "canceled");
  const hidden = await getError(emulator, `/v1/subscriptions?starting_after=${subscriptions.at(-1)?.id}`);
  expect(hidden).toMatchObject({ code: "resource_missing", param: "starting_after" });
});

test("a delayed answer comes after one that was asked for later", async () => {
  await setFault({ path: "/v1/charges", delay_ms: 300 });
  const order: string[] = [];
  const delayed = request(emulator, "/v1/charges").then(() => order.push("delayed"));
  await expect.poll(() => emulator.requests().paths["/v1/charges"]).toBe(1);
  await request(emulator, "/v1/customers").then(() => order.push("prompt"));
  await delayed;
  expect(order).toEqual(["prompt", "delayed"]);
});

test("faults end when they are cleared, and never touch the emulator's own paths", async () => {
  await setFault({ status: 500 });
  expect((await request(emulator, "/v1/charges")).status).toBe(500);
  expect((await control(emulator, ["GET", "/_emulator/counts"])).status).toBe(200);
  await control(emulator, ["DELETE", "/_emulator/faults"]);
  expect((await request(emulator, "/v1/charges")).status).toBe(200);
});
