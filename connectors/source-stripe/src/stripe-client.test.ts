import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { SluiceError } from "@sluice/protocol";
import { type Emulator, type Fault, startEmulator } from "@sluice/stripe-emulator";
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { clientOf } from "./fixtures/client.ts";
import { PageSize } from "./page-size.ts";
import type { StripeClient } from "./stripe-client.ts";

const NOW = 1_790_000_000;
let emulator: Emulator;
let before: number;

beforeAll(async () => {
  emulator = await startEmulator({ now: NOW, objects: { charges: 30 } });
});
beforeEach(() => {
  before = requests();
});
afterEach(() => emulator.clearFaults());
afterAll(() => emulator.close());

function requests(): number {
  return emulator.requests().paths["/v1/charges"] ?? 0;
}

const FRAMING = { head: (asOf: number) => Buffer.from(`${asOf} `), tail: Buffer.from("\n"), createdField: "created" };

async function charges(client: StripeClient, limit = 100) {
  await client.connect();
  return client.list({ path: "/v1/charges", query: { limit }, framing: FRAMING });
}

async function failure(reading: Promise<unknown>): Promise<SluiceError> {
  const error: unknown = await reading.then(
    () => new Error("nothing failed"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof SluiceError)) throw error;
  return error;
}

/** A server that answers as it is told, for what an emulator of Stripe never does. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const passing: [string, Fault][] = [
  ["a 429 with Retry-After", { status: 429, headers: { "retry-after": "0" } }],
  ["a 429 without Retry-After", { status: 429 }],
  ["a 500", { status: 500 }],
  ["a 409", { status: 409 }],
  ["a gateway's page", { status: 502, body: "<html>Bad Gateway</html>" }],
  ["a connection reset", { reset: "before_headers" }],
  ["a body cut in the middle", { reset: "mid_body" }],
  ["a cut list that claims to be whole", { status: 200, body: '{"object": "list", "data": [{"id": "ch_1"}' }],
  ["a success that is no JSON", { status: 200, body: "<html>Maintenance</html>" }],
  ["an empty success", { status: 200, body: "" }],
  ["a list without has_more", { status: 200, body: { object: "list", data: [] } }],
  ["more that is announced and not given", { status: 200, body: { data: [], has_more: true } }],
  ["a refusal that asks to be tried again", { status: 400, headers: { "stripe-should-retry": "true" } }],
];

test.each(passing)("%s is asked for again until the whole list is there", async (_, fault) => {
  emulator.addFault({ path: "/v1/charges", times: 3, ...fault });
  const page = await charges(clientOf(emulator));
  expect(page.items).toHaveLength(30);
  expect(requests() - before).toBe(4);
});

test("a server that breaks down over large pages is asked for smaller ones", async () => {
  const limits: (string | null)[] = [];
  const url = await serve((request, response) => {
    const limit = new URL(request.url ?? "", "http://a").searchParams.get("limit");
    limits.push(limit);
    response.writeHead(limit === "100" ? 500 : 200, { "retry-after": "0" });
    response.end('{"data":[],"has_more":false}');
  });
  const client = clientOf(emulator, { config: { base_url: url } });
  await client.connect();
  const pageSize = new PageSize(100);
  const list = () => client.list({ path: "/v1/charges", query: {}, framing: FRAMING, pageSize });
  await list();
  await list();
  expect(limits).toEqual(["1", "100", "100", "50", "50"]);
});

test("a request that hangs is given up after request_timeout_ms and asked again", async () => {
  emulator.addFault({ path: "/v1/charges", times: 2, delayMs: 5000 });
  const page = await charges(clientOf(emulator, { config: { request_timeout_ms: 100 } }));
  expect(page.items).toHaveLength(30);
  expect(requests() - before).toBe(3);
});

test("a body that stalls is given up after request_timeout_ms", async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write('{"object": "list", ');
  });
  const client = clientOf(emulator, { config: { base_url: url, request_timeout_ms: 100 } });
  expect(await failure(client.connect())).toMatchObject({
    code: "transient",
    message: expect.stringContaining("Body Timeout"),
  });
});

test.each([
  ["a 500", { status: 500 }, "transient", "Stripe answered 500"],
  ["a 429", { status: 429 }, "rate_limit", "lower max_requests_per_second"],
  ["a connection reset", { reset: "before_headers" as const }, "transient", "failed 7 times, last because: "],
  ["a success that is no JSON", { body: "<html>" }, "transient", "not a whole list"],
  [
    "more that is announced and never given",
    { body: { data: [], has_more: true } },
    "transient",
    "more announced, nothing given",
  ],
])("%s that never ends is given up after 7 tries", async (_, fault: Fault, code, words) => {
  emulator.addFault({ path: "/v1/charges", ...fault });
  expect(await failure(charges(clientOf(emulator)))).toMatchObject({ code, message: expect.stringContaining(words) });
  expect(requests() - before).toBe(7);
});

test.each([
  ["a refusal", { status: 400 }],
  ["a failure that asks not to be tried again", { status: 500, headers: { "stripe-should-retry": "false" } }],
  ["a limit that asks not to be tried again", { status: 429, headers: { "stripe-should-retry": "false" } }],
])("%s is not asked for again", async (_, fault: Fault) => {
  emulator.addFault({ path: "/v1/charges", ...fault });
  await failure(charges(clientOf(emulator)));
  expect(requests() - before).toBe(1);
});

test("Retry-After is waited for, whatever the own delay would be", async () => {
  emulator.addFault({ path: "/v1/charges", times: 1, status: 429, headers: { "retry-after": "1" } });
  const startedAt = performance.now();
  await charges(clientOf(emulator));
  expect(performance.now() - startedAt).toBeGreaterThan(995);
  emulator.addFault({ path: "/v1/charges", times: 1, status: 429, headers: { "retry-after": "0" } });
  // an own delay of this length would outlast the test
  await charges(clientOf(emulator, { backoffMs: 1_000_000 }));
});

test("requests keep to the budget, retries included", async () => {
  emulator.addFault({ path: "/v1/charges", times: 2, status: 500, headers: { "retry-after": "0" } });
  const client = clientOf(emulator, { config: { max_requests_per_second: 50 } });
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: 10 }, () => charges(client)));
  const [sent, elapsedMs] = [requests() - before + 10, performance.now() - startedAt];
  expect(sent).toBe(22);
  expect(elapsedMs).toBeGreaterThan((sent - 1) * 20 - 5);
});

test("a page is as of the newest second that was told before it was asked for", async () => {
  const own = await startEmulator({ now: NOW, objects: { charges: 3 } });
  onTestFinished(() => own.close());
  const client = clientOf(own);
  const framing = { head: (asOf: number) => Buffer.from(`${asOf} `), tail: Buffer.from("\n"), createdField: null };
  const asOf = async () => (await client.list({ path: "/v1/charges", query: { limit: 1 }, framing })).asOf;
  await client.connect();
  own.advanceClock(60);
  expect([await asOf(), await asOf()]).toEqual([NOW, NOW + 60]);
  // a server whose clock is behind
  own.addFault({ headers: { date: new Date((NOW - 500) * 1000).toUTCString() }, times: 1 });
  expect([await asOf(), await asOf()]).toEqual([NOW + 60, NOW + 60]);
  // what was asked for before the time moved stays as old, whenever it comes
  own.addFault({ status: 500, times: 1, headers: { date: new Date((NOW + 900) * 1000).toUTCString() } });
  expect([await asOf(), await asOf()]).toEqual([NOW + 60, NOW + 900]);
});

test("a key that may not read events is accepted, and the time is known all the same", async () => {
  const message = "The provided key does not have the required permissions for this endpoint (`event_read`).";
  emulator.addFault({
    path: "/v1/events",
    status: 403,
    body: { error: { code: "more_permissions_required", message } },
  });
  expect((await charges(clientOf(emulator))).asOf).toBe(NOW);
});

test("a key that is refused, an API that is not there and a server that is another are told apart at once", async () => {
  const wrongKey = clientOf(emulator, { config: { api_key: "sk_test_wrong" } });
  expect(await failure(wrongKey.connect())).toMatchObject({ code: "auth" });
  const unreachable = clientOf(emulator, { config: { base_url: "http://127.0.0.1:1" } });
  expect(await failure(unreachable.connect())).toMatchObject({
    code: "transient",
    message: expect.stringMatching(
      /http:\/\/127\.0\.0\.1:1 failed 3 times, last because: .*ECONNREFUSED.*; check base_url/,
    ),
  });
  const unknownHost = clientOf(emulator, { config: { base_url: "http://no-such-host.invalid" } });
  expect(await failure(unknownHost.connect())).toMatchObject({ code: "transient" });
  const noTls = clientOf(emulator, { config: { base_url: emulator.url.replace("http:", "https:") } });
  expect(await failure(noTls.connect())).toMatchObject({ code: "transient" });
  const webPage = await serve((_, response) => response.writeHead(200).end("<html>Hello</html>"));
  const other = clientOf(emulator, { config: { base_url: webPage } });
  expect(await failure(other.connect())).toMatchObject({ message: expect.stringContaining("not a whole list") });
  const noDate = await serve((_, response) => {
    response.sendDate = false;
    response.end('{"data":[],"has_more":false}');
  });
  const timeless = clientOf(emulator, { config: { base_url: noDate } });
  expect(await failure(timeless.connect())).toMatchObject({ code: "config", message: expect.stringContaining("Date") });
});

test("the path of base_url stands before every path, with or without a slash at its end", async () => {
  const seen: (string | undefined)[] = [];
  const url = await serve((request, response) => {
    seen.push(request.url);
    response.end('{"data":[],"has_more":false}');
  });
  for (const base_url of [url, `${url}/`, `${url}/stripe`, `${url}/stripe/`])
    await clientOf(emulator, { config: { base_url } }).connect();
  expect(seen).toEqual(["", "", "/stripe", "/stripe"].map((path) => `${path}/v1/events?limit=1`));
});

test("closing ends what waits for its next try, and what waits for an answer", async () => {
  for (const fault of [{ status: 500, headers: { "retry-after": "600" } }, { delayMs: 60_000 }]) {
    emulator.clearFaults();
    before = requests();
    emulator.addFault({ path: "/v1/charges", ...fault });
    const client = clientOf(emulator);
    const failure = charges(client).catch((error: unknown) => error);
    await expect.poll(() => requests() - before).toBe(1);
    await client.close();
    expect(await failure).toMatchObject({ name: "AbortError" });
    expect(client.isStopping).toBe(true);
  }
});
