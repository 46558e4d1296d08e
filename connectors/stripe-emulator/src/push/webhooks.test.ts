import Stripe from "stripe";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../emulator.ts";
import { WebhookSink } from "../fixtures/webhook-sink.ts";

let emulator: Emulator;
let stripe: Stripe;

beforeEach(async () => {
  emulator = await startEmulator({ objects: { customers: 3 } });
  const { hostname, port } = new URL(emulator.url);
  stripe = new Stripe(emulator.apiKey, { host: hostname, port, protocol: "http", telemetry: false });
});
afterEach(() => emulator.close());

function endpoint(url: string, more: Partial<Stripe.WebhookEndpointCreateParams> = {}) {
  return stripe.webhookEndpoints.create({ url, enabled_events: ["*"], ...more });
}

async function until(isDone: () => boolean): Promise<void> {
  await expect.poll(isDone, { timeout: 5000 }).toBe(true);
}

test("Stripe's own client makes an endpoint, finds it without its secret, and deletes it", async () => {
  const made = await endpoint("https://example.com/hook", { metadata: { made_by: "test" }, api_version: "2024-06-20" });
  expect(made).toMatchObject({
    secret: expect.stringMatching(/^whsec_/),
    api_version: "2024-06-20",
    status: "enabled",
  });
  const found = await stripe.webhookEndpoints.retrieve(made.id);
  expect(found).toMatchObject({ url: "https://example.com/hook", metadata: { made_by: "test" } });
  expect(found.secret).toBeUndefined();
  expect(await stripe.webhookEndpoints.del(made.id)).toEqual({
    id: made.id,
    object: "webhook_endpoint",
    deleted: true,
  });
  await expect(stripe.webhookEndpoints.retrieve(made.id)).rejects.toMatchObject({ code: "resource_missing" });
});

test("a request that is sent again with its key makes one endpoint", async () => {
  const key = { idempotencyKey: "once" };
  const ask = () => stripe.webhookEndpoints.create({ url: "https://example.com/a", enabled_events: ["*"] }, key);
  const [one, again] = [await ask(), await ask()];
  expect(again).toMatchObject({ id: one.id, secret: one.secret });
});

test("an event is sent as Stripe's own client accepts it, in the endpoint's version, and only where it is wanted", async () => {
  const sink = await WebhookSink.open();
  const { secret = "" } = await endpoint(sink.url, {
    enabled_events: ["customer.updated"],
    api_version: "2024-06-20",
  });
  const { id } = emulator.create({ object: "customer" });
  emulator.update(id, { name: "Ada" });
  await until(() => sink.taken.length === 1);
  const [{ body, signature } = { body: Buffer.alloc(0), signature: "" }] = sink.taken;
  const event = stripe.webhooks.constructEvent(body, signature, secret);
  expect(event).toMatchObject({
    type: "customer.updated",
    api_version: "2024-06-20",
    data: { object: { id, name: "Ada" } },
  });
  expect(() => stripe.webhooks.constructEvent(body, signature, "whsec_another")).toThrow(/signature/);
  await until(() => emulator.pushed().acknowledged.includes(event.id));
});

test("what is not answered with 2xx is sent again, until it is given up", async () => {
  const sink = await WebhookSink.open();
  await endpoint(sink.url);
  emulator.configure({ push: { retryMs: [1, 1, 1] } });
  sink.answers.push(500, 302, 404);
  emulator.create({ object: "coupon" });
  await until(() => emulator.pushed().acknowledged.length === 1);
  expect(sink.taken).toHaveLength(4);
  sink.answers.push(500, 500, 500, 500);
  emulator.create({ object: "coupon" });
  await until(() => emulator.pushed().givenUp === 1);
  expect(emulator.pushed()).toMatchObject({ sent: 8, waiting: 0 });
});

test("events are doubled, dropped and overtake one another as the settings want", async () => {
  const sink = await WebhookSink.open();
  await endpoint(sink.url);
  const ids = async (count: number) => {
    sink.taken.splice(0);
    for (let made = 0; made < count; made += 1) emulator.create({ object: "coupon" });
    await until(() => emulator.pushed().waiting === 0);
    return sink.taken.map(({ body }) => String(JSON.parse(body.toString()).id));
  };
  emulator.configure({ push: { duplicates: 1 } });
  const doubled = await ids(3);
  expect([doubled.length, new Set(doubled).size]).toEqual([6, 3]);
  emulator.configure({ push: { duplicates: 0, drops: 1 } });
  expect(await ids(3)).toEqual([]);
  emulator.configure({ push: { drops: 0, jitterMs: 50 } });
  const made = await ids(20);
  const { data } = await stripe.events.list({ limit: 20 });
  expect(new Set(made)).toEqual(new Set(data.map(({ id }) => id)));
  expect(made).not.toEqual(data.map(({ id }) => id).toReversed());
});
