import { reservePort } from "@sluice/services";
import { type Emulator, startEmulator } from "@sluice/stripe-emulator";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LiveSync, untilHeard } from "../fixtures/live-sync.ts";
import { eventsOf, liveConfig, postSigned } from "../fixtures/pushing.ts";

let emulator: Emulator;
let port: number;

beforeEach(async () => {
  emulator = await startEmulator({ objects: { customers: 5, coupons: 2 } });
  port = await reservePort();
});
afterEach(() => emulator.close());

const configFor = () => liveConfig(emulator, { port, mode: "webhook" });
const post = (event: unknown) => postSigned(event, { port, seconds: emulator.now() });

test.each(["api_error", "more_permissions_required"] as const)(
  "a stream that cannot be read is left behind while the others go on, and comes back: %s",
  async (error) => {
    emulator.configure({ eventApiVersion: "2024-06-20" });
    await using sync = new LiveSync(configFor(), { streams: ["customers", "coupons"] });
    await sync.isLive();
    emulator.addFault({ path: "/v1/customers/*", error });
    emulator.create({ object: "customer", id: "cus_a" });
    emulator.create({ object: "coupon", id: "SALE" });
    const [ofCoupon, ofCustomer] = await eventsOf(emulator);
    let hasAnswered = false;
    const answers = [ofCustomer, ofCoupon].map((event) => post(event).finally(() => (hasAnswered = true)));
    // its event calls for a fetch, as that of the customer does, which comes first
    await expect.poll(() => sync.fold.objects("coupons").has("SALE")).toBe(true);
    expect(hasAnswered).toBe(false);
    emulator.clearFaults();
    for (const answer of answers) expect((await answer).status).toBe(200);
    expect(sync.fold.objects("customers").has("cus_a")).toBe(true);
  },
);

test("an event of a stream that fails for good holds up the others only for a while, and the stream is listed again", async () => {
  emulator.configure({ eventApiVersion: "2024-06-20" });
  const config = { ...configFor(), relist_interval: "1s" };
  await using sync = new LiveSync(config, { streams: ["customers", "terminal_locations"] });
  await sync.isLive();
  emulator.addFault({ path: "/v1/customers*", error: "do_not_retry" });
  emulator.create({ object: "coupon" });
  const [ofCoupon] = await eventsOf(emulator);
  const late = {
    ...ofCoupon,
    id: "evt_late",
    type: "customer.created",
    data: { object: { id: "cus_a", object: "customer", created: ofCoupon?.created } },
  };
  expect((await post(late)).status).toBe(200);
  expect(sync.fold.states.get("customers")).toMatchObject({ unsure: true });
  expect((await post(ofCoupon)).status).toBe(200);
  expect(sync.outputs.some(({ type }) => type === "failure" || type === "complete")).toBe(false);
  // where it is listed again, and fails again
  const lists = () => emulator.requests().paths["/v1/customers"] ?? 0;
  const before = lists();
  await expect.poll(lists).toBeGreaterThan(before);
  await sync.stop();
  const ends = sync.outputs.flatMap((output) => (output.type === "failure" ? [output.stream] : []));
  expect(ends).toEqual(["customers"]);
});

test("a live read of streams without events takes what is pushed, and one none of whose streams can be read ends", async () => {
  const sync = new LiveSync(configFor(), { streams: ["terminal_locations"] });
  await untilHeard(`127.0.0.1:${port}`);
  emulator.create({ object: "customer" });
  expect((await post((await eventsOf(emulator))[0])).status).toBe(200);
  await sync.stop();
  emulator.addFault({ path: "/v1/customers", error: "more_permissions_required" });
  const other = new LiveSync(configFor(), { streams: ["customers"] });
  await expect(other.ended).rejects.toMatchObject({ code: "permission" });
  expect(other.outputs.map(({ type }) => type)).toEqual(["skipped"]);
  await expect(post({})).rejects.toThrow("fetch failed");
});
