import { createServer } from "node:net";
import { reservePort } from "@sluice/services";
import { type Emulator, startEmulator } from "@sluice/stripe-emulator";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { LiveSync, untilHeard } from "../fixtures/live-sync.ts";
import { startProxy } from "../fixtures/proxy.ts";
import { eventsOf as eventsIn, liveConfig, postSigned, SECRET, signature as signatureOf } from "../fixtures/pushing.ts";
import { endings, environment, start } from "../fixtures/source-process.ts";
import { configOf, recordsIn, Sync } from "../fixtures/sync.ts";
import { endpointAt } from "../fixtures/webhook-endpoint.ts";
import type { Config } from "../config.ts";

const streams = ["customers", "charges", "subscriptions", "subscriptions_items", "coupons", "terminal_locations"];
let emulator: Emulator;
let port: number;

beforeEach(async () => {
  emulator = await startEmulator({ objects: { customers: 30, charges: 20, subscriptions: 5, coupons: 5 } });
  port = await reservePort();
});
afterEach(() => emulator.close());

function configFor(mode: Config["events"]["mode"], more: Partial<Config["events"]> = {}): Config {
  return liveConfig(emulator, { port, mode, ...more });
}

const eventsOf = () => eventsIn(emulator);
const post = (event: unknown, as: { secret?: string; seconds?: number; body?: string } = {}) =>
  postSigned(event, { port, seconds: emulator.now(), ...as });

test.each(["poll", "webhook", "websocket"] as const)("by %s a change arrives, and so does a delete", async (mode) => {
  const secret = mode === "webhook" ? await endpointAt(`127.0.0.1:${port}`, emulator) : "";
  const config = configFor(mode);
  // a stream that is being listed again when the read ends would not be complete
  const asked = { streams, relistLookMs: 600_000 };
  await using sync = new LiveSync({ ...config, webhook: { ...config.webhook, secret } }, asked);
  await sync.isLive();
  if (mode === "websocket") await expect.poll(() => emulator.requests().paths["/v1/stripecli/sessions"]).toBe(1);
  const { id } = emulator.create({ object: "customer", name: "Ada" });
  const gone = emulator.create({ object: "coupon" });
  const row = (stream: string, key: string) => sync.fold.objects(stream).get(key);
  await expect.poll(() => row("customers", id)).toMatchObject({ name: "Ada" });
  await expect.poll(() => row("coupons", gone.id)).toBeDefined();
  emulator.delete(gone.id);
  await expect.poll(() => row("coupons", gone.id)).toBeUndefined();
  await sync.stop();
  const ends = sync.outputs.flatMap((output) => (output.type === "complete" ? [output.stream] : []));
  expect(ends.toSorted()).toEqual(streams.toSorted());
});

test("a webhook is answered with 2xx once what it led to is committed, and not before", async () => {
  await using sync = new LiveSync(configFor("webhook"), { streams });
  await sync.isLive();
  emulator.create({ object: "customer", id: "cus_a" });
  sync.commits = false;
  const [event] = await eventsOf();
  let answered: number | undefined;
  const answer = post(event).then(({ status }) => (answered = status));
  await expect.poll(() => recordsIn(sync.outputs, "customers").some(({ id }) => id === "cus_a")).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(answered).toBeUndefined();
  sync.commits = true;
  // the next state commits all before it
  expect((await post({ ...event, id: "evt_b" })).status).toBe(200);
  expect(await answer).toBe(200);
});

test("a webhook whose signature is missing, old, of another secret or of another body is refused", async () => {
  await using sync = new LiveSync(configFor("webhook"), { streams });
  await sync.isLive();
  emulator.create({ object: "customer", id: "cus_a" });
  const [event] = await eventsOf();
  const statuses = [
    await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: JSON.stringify(event) }),
    await post(event, { secret: "whsec_wrong" }),
    await post(event, { seconds: emulator.now() - 330 }),
    await fetch(`http://127.0.0.1:${port}/`),
  ].map(({ status }) => status);
  expect(statuses).toEqual([400, 400, 400, 405]);
  expect((await post(event, { body: "{}" })).status).toBe(400);
  expect((await post(event, { body: "garbage" })).status).toBe(400);
  expect((await post(event, { body: "x".repeat(5_000_000) })).status).toBe(413);
  expect(recordsIn(sync.outputs, "customers").some(({ id }) => id === "cus_a")).toBe(false);
  expect((await post(event, { seconds: emulator.now() - 290, secret: "whsec_old" })).status).toBe(200);
  expect(recordsIn(sync.outputs, "customers").some(({ id }) => id === "cus_a")).toBe(true);
});

test("a pushed event in our version asks for nothing, and is not sent again by the poll", async () => {
  await using sync = new LiveSync(configFor("webhook", { poll_seconds: 1 }), { streams });
  await sync.isLive();
  emulator.create({ object: "customer", id: "cus_a" });
  const [event] = await eventsOf();
  expect((await post(event)).status).toBe(200);
  expect((await post(event)).status).toBe(200);
  const before = emulator.requests().paths["/v1/events"] ?? 0;
  await expect.poll(() => (emulator.requests().paths["/v1/events"] ?? 0) - before).toBeGreaterThan(5);
  expect(recordsIn(sync.outputs, "customers").filter(({ id }) => id === "cus_a")).toHaveLength(1);
  expect(emulator.requests().paths["/v1/customers/{customer}"]).toBeUndefined();
});

test("two pushed events of an object within a second give what it is, whatever their order", async () => {
  await using sync = new LiveSync(configFor("webhook"), { streams });
  await sync.isLive();
  emulator.storm({ stream: "customers", changes: 5, ids: [emulator.create({ object: "customer", id: "cus_a" }).id] });
  emulator.update("cus_a", { name: "last" });
  const events = await eventsOf();
  const answers = await Promise.all(events.slice(0, 7).map((event) => post(event)));
  expect(answers.map(({ status }) => status)).toEqual(events.slice(0, 7).map(() => 200));
  expect(sync.fold.objects("customers").get("cus_a")).toMatchObject({ name: "last" });
});

test("an object that is deleted and made anew under its id within a second is there, though its delete was pushed first", async () => {
  emulator.create({ object: "coupon", id: "SALE", name: "first" });
  await using sync = new LiveSync(configFor("webhook"), { streams });
  await sync.isLive();
  emulator.delete("SALE");
  emulator.create({ object: "coupon", id: "SALE", name: "again" });
  const [created, deleted] = await eventsOf();
  const gone = post(deleted);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect((await post(created)).status).toBe(200);
  expect((await gone).status).toBe(200);
  expect(sync.fold.objects("coupons").get("SALE")).toMatchObject({ name: "again" });
});

test("what is pushed again long after it was read costs a request for each object, not for each event", async () => {
  await using sync = new LiveSync(configFor("webhook", { lookback_seconds: 0 }), { streams });
  await sync.isLive();
  emulator.storm({ stream: "customers", changes: 5, ids: [emulator.create({ object: "customer", id: "cus_a" }).id] });
  const events = (await eventsOf()).slice(0, 6);
  const pushAll = async () => (await Promise.all(events.map((event) => post(event)))).map(({ status }) => status);
  expect(await pushAll()).toEqual(events.map(() => 200));
  const fetched = () => emulator.requests().paths["/v1/customers/{customer}"] ?? 0;
  const before = fetched();
  expect(await pushAll()).toEqual(events.map(() => 200));
  expect(fetched() - before).toBe(1);
});

test("a pushed event in another version is fetched before it is acknowledged", async () => {
  emulator.configure({ eventApiVersion: "2024-06-20" });
  await using sync = new LiveSync(configFor("webhook"), { streams });
  await sync.isLive();
  emulator.create({ object: "subscription", id: "sub_a" });
  const event = (await eventsOf()).find(({ type }) => type === "customer.subscription.created");
  expect((await post(event)).status).toBe(200);
  const row = sync.fold.objects("subscriptions").get("sub_a");
  expect(row).toBeDefined();
  expect(row).not.toHaveProperty("current_period_end");
});

test("an event of a connected account, of the other mode or without an object is acknowledged and gives no record", async () => {
  await using sync = new LiveSync(configFor("webhook"), { streams });
  await sync.isLive();
  emulator.create({ object: "customer", id: "cus_a" });
  const [event] = await eventsOf();
  for (const other of [{ account: "acct_other" }, { livemode: true }, { object: "v2.core.event" }])
    expect((await post({ ...event, ...other })).status).toBe(200);
  expect(recordsIn(sync.outputs, "customers").some(({ id }) => id === "cus_a")).toBe(false);
  expect((await post({ ...event, account: emulator.accountId })).status).toBe(200);
  expect(recordsIn(sync.outputs, "customers").some(({ id }) => id === "cus_a")).toBe(true);
  const polls = emulator.requests().paths["/v1/events"] ?? 0;
  // as to an endpoint of another version: the record is there already
  expect((await post({ ...event, api_version: "2024-06-20" })).status).toBe(200);
  expect(emulator.requests().paths["/v1/events"]).toBe(polls);
});

test("what was not committed when a read was killed comes again, without a push", async () => {
  const first = new LiveSync(configFor("webhook"), { streams });
  await first.isLive();
  const { fold } = first;
  first.commits = false;
  emulator.create({ object: "customer", id: "cus_a" });
  const [event] = await eventsOf();
  const answer = post(event);
  await expect.poll(() => recordsIn(first.outputs, "customers").some(({ id }) => id === "cus_a")).toBe(true);
  await first[Symbol.asyncDispose]();
  expect((await answer).status).toBe(503);
  expect(fold.objects("customers").has("cus_a")).toBe(false);
  emulator.advanceClock(2);
  await using second = new LiveSync(configFor("poll"), { streams }, fold);
  await expect.poll(() => second.fold.objects("customers").has("cus_a")).toBe(true);
});

test("a read that goes on takes no push before it knows which events each stream has", async () => {
  const config = configFor("webhook");
  const first = new LiveSync(config, { streams });
  await first.isLive();
  await first[Symbol.asyncDispose]();
  emulator.addFault({ path: "/v1/events", parameter: "created[gte]", error: "api_error" });
  const polls = () => emulator.requests().paths["/v1/events"] ?? 0;
  const before = polls();
  await using second = new LiveSync(config, { streams }, first.fold);
  // the tries of one poll
  await expect.poll(() => polls() - before).toBeGreaterThan(6);
  emulator.create({ object: "customer", id: "cus_a" });
  const [event] = await eventsOf();
  const pushed = () =>
    post(event).then(
      ({ status }) => status,
      () => "nobody listens",
    );
  for (let time = 0; time < 20; time += 1) {
    expect(await pushed()).toBe("nobody listens");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  emulator.clearFaults();
  await expect.poll(pushed).toBe(200);
  expect(second.fold.objects("customers").has("cus_a")).toBe(true);
});

test("what happens while no socket is open is caught up with, also when the session has expired", async () => {
  await using sync = new LiveSync(configFor("websocket"), { streams });
  await sync.isLive();
  const sessions = () => emulator.requests().paths["/v1/stripecli/sessions"] ?? 0;
  await expect.poll(sessions).toBe(1);
  for (const expire of [false, true, true]) {
    const before = sessions();
    emulator.disconnect({ expire });
    const { id } = emulator.create({ object: "customer" });
    await expect.poll(() => sync.fold.objects("customers").has(id)).toBe(true);
    // it may have been caught up with before the new session
    if (expire) await expect.poll(sessions).toBe(before + 1);
  }
});

test("the socket goes through the proxy, as requests do", async () => {
  const proxy = await startProxy();
  onTestFinished(() => proxy.close());
  const config = { ...configFor("websocket"), proxy: `http://ada:love%20lace@${proxy.address}` };
  await using sync = new LiveSync(config, { streams });
  await sync.isLive();
  // what comes before the socket is open is not pushed
  const acknowledged = () => emulator.pushed().acknowledged.length;
  const made = () => {
    emulator.create({ object: "customer" });
    return acknowledged();
  };
  await expect.poll(made).toBeGreaterThan(0);
  const authorization = `Basic ${Buffer.from("ada:love lace").toString("base64")}`;
  expect(proxy.seen).toEqual(proxy.seen.map(() => ({ target: new URL(emulator.url).host, authorization })));
  // without it there is no other way
  proxy.close();
  emulator.disconnect();
  const before = acknowledged();
  for (let time = 0; time < 10; time += 1) {
    expect(made()).toBe(before);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

test("a read whose runner has gone ends, and takes no webhooks that nobody would store", async () => {
  await using sync = new LiveSync(configFor("webhook", { poll_seconds: 0.05 }), { streams });
  await sync.isLive();
  // nor does it wait for a request that hangs
  emulator.addFault({ path: "/v1/events", hang: "before_headers" });
  const polls = () => emulator.requests().paths["/v1/events"] ?? 0;
  const before = polls();
  await expect.poll(polls).toBeGreaterThan(before);
  sync.inbox.end();
  await expect(sync.ended).rejects.toMatchObject({ code: "transient", message: expect.stringContaining("runner") });
  await expect(post({})).rejects.toThrow("fetch failed");
});

test("an address that a read before has not given up yet is waited for", async () => {
  await using first = new LiveSync(configFor("webhook"), { streams });
  await first.isLive();
  await using next = new LiveSync(configFor("webhook"), { streams, takenAddressMs: 30_000 });
  await next.isLive();
  await first.stop();
  await untilHeard(`127.0.0.1:${port}`);
  expect(next.failure).toBeUndefined();
  expect((await post({})).status).toBe(400);
});

test("a runner's inputs are taken in their order, and it is told through which they are in the records", async () => {
  const config = configFor("webhook");
  await using sync = new LiveSync({ ...config, webhook: { secret: SECRET } }, { streams });
  await sync.isLive();
  emulator.create({ object: "customer", id: "cus_a" });
  const [event] = await eventsOf();
  const body = JSON.stringify(event);
  const headers = { "Stripe-Signature": signatureOf(body, { seconds: emulator.now() }) };
  const input = { received_at: new Date().toISOString(), kind: "webhook", headers, body };
  sync.inbox.say({ type: "input", input: { ...input, seq: 7 } });
  sync.inbox.say({ type: "input", input: { ...input, seq: 8, headers: {} } });
  const through = () => sync.outputs.flatMap((output) => (output.type === "state" ? (output.inputsThrough ?? []) : []));
  await expect.poll(() => through().at(-1)).toBe(8);
  expect(sync.fold.objects("customers").has("cus_a")).toBe(true);
});

test("a runner's input that is not Stripe's, or no event, is done with at once", async () => {
  const config = configFor("webhook");
  await using sync = new LiveSync({ ...config, webhook: { secret: SECRET } }, { streams });
  await sync.isLive();
  const through = () => sync.outputs.flatMap((output) => (output.type === "state" ? (output.inputsThrough ?? []) : []));
  const seconds = emulator.now();
  for (const [index, headers] of [{}, { "Stripe-Signature": signatureOf("garbage", { seconds }) }].entries()) {
    const seq = index + 1;
    const input = { seq, received_at: new Date().toISOString(), kind: "webhook", headers, body: "garbage" };
    sync.inbox.say({ type: "input", input });
    await expect.poll(() => through().at(-1)).toBe(seq);
  }
});

test("a read that was live goes on as any other, and nothing is missing", async () => {
  const first = new LiveSync(configFor("poll"), { streams });
  await first.isLive();
  await first.stop();
  emulator.create({ object: "customer", id: "cus_a" });
  emulator.advanceClock(2);
  const later = new Sync(configOf(emulator));
  for (const [name, state] of first.fold.states) later.fold.states.set(name, state);
  later.fold.globalState = first.fold.globalState;
  await later.run({ streams });
  expect(later.fold.objects("customers").has("cus_a")).toBe(true);
});

test("in a bare pipe a webhook is answered once it is printed, and a signal ends every stream in order", async () => {
  const secret = await endpointAt(`127.0.0.1:${port}`, emulator);
  const variables = {
    SOURCE_STRIPE_EVENTS_MODE: "webhook",
    SOURCE_STRIPE_WEBHOOK_LISTEN: `127.0.0.1:${port}`,
    SOURCE_STRIPE_WEBHOOK_SECRET: secret,
  };
  const child = start(["read", "--live", "--streams", streams.join(",")], { ...environment(emulator), ...variables });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => (printed += String(chunk)));
  await untilHeard(`127.0.0.1:${port}`);
  const { id } = emulator.create({ object: "customer" });
  await expect.poll(() => emulator.pushed().acknowledged.length).toBe(1);
  expect(printed).toContain(id);
  child.kill("SIGTERM");
  const { exitCode, stdout } = await child;
  expect(exitCode).toBe(143);
  const messages = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(endings(messages)).toEqual(Object.fromEntries(streams.map((stream) => [stream, "complete"])));
});

test("a live read that cannot be pushed events says what is missing", async () => {
  const config = configFor("webhook");
  const failure = async (webhook: Config["webhook"], hearsCommits = false) => {
    await using sync = new LiveSync({ ...config, webhook }, { streams, hearsCommits });
    return await sync.ended.then(
      () => "nothing",
      (error: unknown) => String(error),
    );
  };
  expect(await failure({ listen: `127.0.0.1:${port}` })).toContain("webhook.secret is missing");
  expect(await failure({ secret: SECRET })).toContain("webhook.listen is missing");
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(port, "127.0.0.1", resolve));
  expect(await failure({ secret: SECRET, listen: `127.0.0.1:${port}` })).toMatch(/EADDRINUSE.*correct webhook\.listen/);
  await new Promise((resolve) => taken.close(resolve));
});

test("a read that is stopped while it fetches an object ends each stream in order", async () => {
  emulator.configure({ eventApiVersion: "2024-06-20" });
  await using sync = new LiveSync(configFor("poll"), { streams, relistLookMs: 600_000 });
  await sync.isLive();
  emulator.addFault({ path: "/v1/customers/*", hang: "before_headers" });
  const { id } = emulator.create({ object: "customer" });
  await expect.poll(() => emulator.requests().paths["/v1/customers/{customer}"]).toBe(1);
  await sync.stop();
  const ends = sync.outputs.flatMap((output) => (output.type === "complete" ? [output.stream] : []));
  expect(ends.toSorted()).toEqual(streams.toSorted());
  emulator.clearFaults();
  await using next = new LiveSync(configFor("poll"), { streams }, sync.fold);
  await expect.poll(() => next.fold.objects("customers").has(id)).toBe(true);
});
