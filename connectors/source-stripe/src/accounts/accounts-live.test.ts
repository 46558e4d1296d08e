import { reservePort } from "@sluice/services";
import { type Emulator, startEmulator } from "@sluice/stripe-emulator";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Config } from "../config.ts";
import { connectedAccounts, controlsOf } from "../fixtures/connected.ts";
import { LiveSync } from "../fixtures/live-sync.ts";
import { assertSame } from "../fixtures/scenario.ts";
import { configOf } from "../fixtures/sync.ts";
import { endpointAt } from "../fixtures/webhook-endpoint.ts";

const streams = ["customers", "coupons"];
let emulator: Emulator;
let port: number;

beforeEach(async () => {
  emulator = await startEmulator({
    objects: { accounts: 5, customers: 5, coupons: 2 },
    accountObjects: { customers: 3, coupons: 1 },
  });
  port = await reservePort();
});
afterEach(() => emulator.close());

async function configFor(mode: Config["events"]["mode"], account_ids: Config["account_ids"]): Promise<Config> {
  const config = configOf(emulator, { account_ids });
  const listen = `127.0.0.1:${port}`;
  const secrets = () => Promise.all([true, false].map((connect) => endpointAt(listen, emulator, { connect })));
  const webhook = mode === "webhook" ? { listen, secret: await secrets() } : {};
  return { ...config, webhook, events: { ...config.events, mode, poll_seconds: mode === "poll" ? 0.2 : 600 } };
}

function name(sync: LiveSync, account: string, id: string): unknown {
  return Object(sync.fold.objects("customers").get(`${account} ${id}`)).name;
}

test.each(["poll", "webhook", "websocket"] as const)(
  "by %s what changes in any account arrives there",
  async (mode) => {
    const accounts = [emulator.accountId, ...(await connectedAccounts(emulator))];
    await using sync = new LiveSync(await configFor(mode, "all"), { streams });
    await sync.isLive();
    if (mode === "websocket") await expect.poll(() => emulator.requests().paths["/v1/stripecli/sessions"]).toBe(1);
    const ids = accounts.map((account) => {
      const controls = controlsOf(emulator, account);
      controls.delete(controls.create({ object: "coupon" }).id);
      return [account, controls.create({ object: "customer", name: `Ada of ${account}` }).id] as const;
    });
    for (const [account, id] of ids) await expect.poll(() => name(sync, account, id)).toBe(`Ada of ${account}`);
    await sync.stop();
    await assertSame(emulator, sync.fold, { streams, accounts });
    const ends = sync.outputs.flatMap((output) => (output.type === "complete" ? [output.stream] : []));
    expect(ends.toSorted()).toEqual(streams.toSorted());
  },
);

test("a webhook of a connected account is answered with 2xx once its records are committed, and not before", async () => {
  const [one = ""] = await connectedAccounts(emulator);
  await using sync = new LiveSync(await configFor("webhook", "all"), { streams });
  await sync.isLive();
  sync.commits = false;
  const { id } = emulator.account(one).create({ object: "customer", name: "Ada" });
  await expect.poll(() => sync.outputs.some(({ type }) => type === "lines")).toBe(true);
  const isSent = () => sync.outputs.some((output) => output.type === "lines" && output.bytes.includes(id));
  await expect.poll(isSent).toBe(true);
  expect(emulator.pushed()).toMatchObject({ acknowledged: [], waiting: 1 });
  sync.commits = true;
  // the next state is told to be committed
  emulator.account(one).create({ object: "customer" });
  await expect.poll(() => emulator.pushed().acknowledged.length).toBe(2);
  expect(name(sync, one, id)).toBe("Ada");
});

test("an account that is connected meanwhile is read, too, and one that is not asked for is not", async () => {
  const [one = "", other = ""] = await connectedAccounts(emulator);
  const named = new LiveSync(await configFor("websocket", [one]), { streams });
  await using all = new LiveSync(await configFor("websocket", "all"), { streams });
  await Promise.all([named.isLive(), all.isLive()]);
  // what shows before the next poll shows because a socket was opened
  const { id: first } = emulator.account(one).create({ object: "customer", name: "Eve" });
  for (const sync of [named, all]) await expect.poll(() => name(sync, one, first)).toBe("Eve");
  const { id: late } = emulator.create({ object: "account" });
  const made = [late, other, one].map((account) =>
    emulator.account(account).create({ object: "customer", name: "Ada" }),
  );
  const [ofLate, ofOther, ofOne] = made.map(({ id }) => id);
  await expect.poll(() => name(all, late, ofLate ?? "")).toBe("Ada");
  await expect.poll(() => name(named, one, ofOne ?? "")).toBe("Ada");
  await named.stop();
  expect(name(named, other, ofOther ?? "")).toBeUndefined();
});

test("an account that is deauthorised stops no other", async () => {
  const [one = "", other = ""] = await connectedAccounts(emulator);
  await using sync = new LiveSync(await configFor("poll", [one, other]), { streams });
  await sync.isLive();
  emulator.delete(one);
  const { id } = emulator.account(other).create({ object: "customer", name: "Ada" });
  await expect.poll(() => name(sync, other, id)).toBe("Ada");
  await sync.stop();
  expect(sync.failure).toBeUndefined();
});

test("a webhook of an account is not answered with 2xx while its stream cannot be read", async () => {
  const [one = ""] = await connectedAccounts(emulator);
  await using sync = new LiveSync(await configFor("webhook", "all"), { streams });
  await sync.isLive();
  // by what it finds in the list of events it has to fetch the object
  emulator.configure({ eventApiVersion: "2024-06-20" });
  const path = "/v1/customers/{customer}";
  emulator.addFault({ path: "/v1/customers/*", account: one, error: "api_error" });
  const { id } = emulator.account(one).create({ object: "customer", name: "Ada" });
  // more tries than one visit makes
  await expect.poll(() => emulator.requests().paths[path] ?? 0).toBeGreaterThan(7);
  expect(emulator.pushed().acknowledged).toEqual([]);
  emulator.clearFaults();
  await expect.poll(() => emulator.pushed().acknowledged.length).toBe(1);
  expect(name(sync, one, id)).toBe("Ada");
});

test("what is pushed of an account and becomes visible too late for any poll is fetched before it is answered with 2xx", async () => {
  const [one = ""] = await connectedAccounts(emulator);
  emulator.configure({ lateSeconds: { events: 600 } });
  await using sync = new LiveSync(await configFor("webhook", "all"), { streams });
  await sync.isLive();
  const { id } = emulator.account(one).create({ object: "customer", name: "Ada" });
  await expect.poll(() => emulator.pushed().acknowledged.length).toBe(1);
  expect(name(sync, one, id)).toBe("Ada");
});

test.each(["do_not_retry", "no_platform_controls"] as const)(
  "what is pushed too late for any poll is not answered with 2xx while its object cannot be fetched: %s",
  async (error) => {
    const [one = ""] = await connectedAccounts(emulator);
    emulator.configure({ lateSeconds: { events: 600 } });
    const config = await configFor("webhook", "all");
    await using sync = new LiveSync({ ...config, events: { ...config.events, lookback_seconds: 0 } }, { streams });
    await sync.isLive();
    const path = "/v1/customers/{customer}";
    emulator.addFault({ path: "/v1/customers/*", account: one, error });
    const { id } = emulator.account(one).create({ object: "customer", name: "Ada" });
    const fetched = () => emulator.requests().paths[path] ?? 0;
    await expect.poll(fetched).toBeGreaterThan(1);
    expect(emulator.pushed().acknowledged).toEqual([]);
    emulator.clearFaults();
    await expect.poll(() => emulator.pushed().acknowledged.length).toBe(1);
    expect(name(sync, one, id)).toBe("Ada");
  },
);
