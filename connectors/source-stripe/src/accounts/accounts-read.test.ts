import { type Emulator, startEmulator } from "@sluice/stripe-emulator";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectedAccounts, controlsOf } from "../fixtures/connected.ts";
import { Fold } from "../fixtures/fold.ts";
import { assertSame } from "../fixtures/scenario.ts";
import { configOf, Sync } from "../fixtures/sync.ts";
import type { SourceOutput } from "@sluice/protocol/stdio";

const NOW = 1_790_000_000;
const streams = ["customers", "coupons", "charges", "invoices", "invoices_lines", "terminal_locations"];
let emulator: Emulator;

beforeEach(async () => {
  emulator = await startEmulator({
    now: NOW,
    objects: { accounts: 4, customers: 20, coupons: 5, charges: 20, invoices: 5 },
    accountObjects: {
      customers: 12,
      payment_intents: 20,
      charges: 20,
      subscriptions: 4,
      invoices: 3,
      coupons: 2,
      terminal_locations: 2,
    },
  });
});
afterEach(() => emulator.close());

function syncOf(account_ids: string[] | "all", more = {}): Sync {
  return new Sync(configOf(emulator, { account_ids, relist_interval: "0s", ...more }));
}

function endsOf(outputs: readonly SourceOutput[]): Record<string, string> {
  const ends = outputs.flatMap((output): [string, string][] => {
    if (output.type === "failure") return [[output.stream, `failure: ${output.error.message}`]];
    if (output.type === "skipped") return [[output.stream, `skipped: ${output.reason}`]];
    return output.type === "complete" ? [[output.stream, "complete"]] : [];
  });
  return Object.fromEntries(ends);
}

/** Changes something of each stream in an account. */
function change(id: string): void {
  const account = controlsOf(emulator, id);
  emulator.advanceClock(3);
  account.update(account.create({ object: "customer" }).id, { name: `Ada of ${id}` });
  account.delete(account.create({ object: "coupon" }).id);
  account.create({ object: "charge" });
  account.delete(account.create({ object: "terminal.location" }).id);
  emulator.advanceClock(3);
}

test("all accounts come whole, the platform's own included, and later what changed in each of them", async () => {
  const accounts = [emulator.accountId, ...(await connectedAccounts(emulator))];
  for (const id of accounts.slice(1, 3)) emulator.account(id).create({ object: "coupon", id: "SUMMER", name: id });
  const sync = syncOf("all");
  const first = await sync.run({ streams });
  expect(endsOf(first)).toEqual(Object.fromEntries(streams.map((stream) => [stream, "complete"])));
  await assertSame(emulator, sync.fold, { streams, accounts });
  expect(sync.fold.objects("coupons").get(`${accounts[1]} SUMMER`)).toMatchObject({ name: accounts[1] });
  expect(sync.fold.objects("coupons").get(`${accounts[2]} SUMMER`)).toMatchObject({ name: accounts[2] });
  for (const id of accounts) change(id);
  emulator.account(accounts[1] ?? "").delete("SUMMER");
  emulator.advanceClock(5);
  const lists = emulator.requests().paths["/v1/customers"];
  await sync.run({ streams });
  expect(emulator.requests().paths["/v1/customers"]).toBe(lists);
  await assertSame(emulator, sync.fold, { streams, accounts });
});

test("the accounts that are named are read, and the list of accounts is the platform's", async () => {
  const [one = "", other = ""] = await connectedAccounts(emulator);
  const sync = syncOf([one, other]);
  await sync.run({ streams: ["accounts", "customers"] });
  await assertSame(emulator, sync.fold, { streams: ["customers"], accounts: [one, other] });
  await assertSame(emulator, sync.fold, { streams: ["accounts"], accounts: [emulator.accountId] });
  expect(sync.fold.objects("customers").size).toBe(24);
});

test("an account that was deauthorised stops no other, is named with what to do, and goes on once it is back", async () => {
  const accounts = await connectedAccounts(emulator);
  const [lost = "", ...others] = accounts;
  const sync = syncOf(accounts);
  await sync.run({ streams });
  emulator.delete(lost);
  for (const id of others) change(id);
  const outputs = await sync.run({ streams });
  for (const end of Object.values(endsOf(outputs))) {
    expect(end).toContain(`in 1 of 4 accounts (${lost})`);
    expect(end).toContain("connect the account to the platform again, or take it out of account_ids");
  }
  await assertSame(emulator, sync.fold, { streams, accounts: others });
  const rows = [...sync.fold.objects("customers").keys()].filter((key) => key.startsWith(lost));
  expect(rows).toHaveLength(12);
  emulator.create({ object: "account", id: lost });
  change(lost);
  emulator.advanceClock(2);
  await sync.run({ streams });
  await assertSame(emulator, sync.fold, { streams, accounts });
});

test("a list that one account may not read is left out there alone", async () => {
  const [one = "", other = ""] = await connectedAccounts(emulator);
  emulator.addFault({ account: one, path: "/v1/charges", error: "more_permissions_required" });
  const sync = syncOf([one, other]);
  const outputs = await sync.run({ streams: ["charges", "customers"] });
  expect(endsOf(outputs)).toEqual({ charges: "complete", customers: "complete" });
  await assertSame(emulator, sync.fold, { streams: ["charges"], accounts: [other] });
  emulator.clearFaults();
  await sync.run({ streams: ["charges", "customers"] });
  await assertSame(emulator, sync.fold, { streams: ["charges", "customers"], accounts: [one, other] });
});

test("a list that breaks in one account fails the stream, which has what the others have", async () => {
  const [one = "", other = ""] = await connectedAccounts(emulator);
  emulator.addFault({ account: one, path: "/v1/charges", error: "missing_param" });
  const sync = syncOf([one, other]);
  const outputs = await sync.run({ streams: ["charges", "customers"] });
  expect(endsOf(outputs)).toEqual({
    charges: expect.stringMatching(new RegExp(`^failure: .*in 1 of 2 accounts \\(${one}\\).*Missing required param`)),
    customers: "complete",
  });
  await assertSame(emulator, sync.fold, { streams: ["charges"], accounts: [other] });
});

test("an account that is new is read from its beginning, and one that went keeps its rows", async () => {
  const before = await connectedAccounts(emulator);
  const [lost = ""] = before;
  const sync = syncOf("all");
  await sync.run({ streams });
  emulator.advanceClock(10);
  emulator.delete(lost);
  const { id } = emulator.create({ object: "account" });
  expect(endsOf(await sync.run({ streams }))["customers"]).toBe("complete");
  const keys = [...sync.fold.objects("customers").keys()];
  expect(keys.filter((key) => key.startsWith(id))).toHaveLength(12);
  expect(keys.filter((key) => key.startsWith(lost))).toHaveLength(12);
  // also of a stream whose lists are swept
  const locations = [...sync.fold.objects("terminal_locations").keys()];
  expect(locations.filter((key) => key.startsWith(lost))).toHaveLength(2);
});

test("a read that ends behind any state goes on from there, and nothing is missing of any account", async () => {
  const some = ["customers", "coupons", "invoices_lines", "terminal_locations"];
  const accounts = [emulator.accountId, ...(await connectedAccounts(emulator))];
  const config = configOf(emulator, { account_ids: "all", relist_interval: "0s", concurrency: 3 });
  const outputs = (await new Sync(config).run({ streams: some })).map((output) =>
    output.type === "state" ? structuredClone(output) : output,
  );
  for (const id of accounts) change(id);
  const stops = outputs.flatMap((output, at) => (output.type === "state" ? [at + 1] : []));
  expect(stops.length).toBeGreaterThan(10);
  for (const stop of stops.filter((_, at) => at % Math.ceil(stops.length / 8) === 0)) {
    const fold = new Fold();
    for (const output of outputs.slice(0, stop)) fold.add(output);
    const sync = new Sync(config, fold);
    await sync.run({ streams: some });
    // the first of them may only end a listing that began before something changed of which no event tells
    await sync.run({ streams: some });
    await assertSame(emulator, fold, { streams: some, accounts });
  }
});

test("many accounts are read a few at a time, with no more requests than there is to ask and few states", async () => {
  await using platform = await startEmulator({ now: NOW, objects: { accounts: 300 }, accountObjects: { coupons: 1 } });
  platform.addFault({ path: "/v1/coupons", delayMs: 3 });
  const outputs = await new Sync(configOf(platform, { account_ids: "all", concurrency: 4 })).run({
    streams: ["coupons"],
  });
  // one page of each list, the events of each account, the account, its time and three pages of accounts
  expect(platform.requests()).toMatchObject({ total: 301 + 301 + 5, mostAtOnce: expect.any(Number) });
  expect(platform.requests().mostAtOnce).toBeLessThanOrEqual(4);
  const sizes = outputs.flatMap((output) => (output.type === "state" ? [JSON.stringify(output.data).length] : []));
  expect(sizes.length).toBeLessThan(120);
  expect(Math.max(...sizes)).toBeLessThan(301 * 30 + 2000);
});

test("states with and without account_ids are not taken for one another", async () => {
  const sync = syncOf("all");
  await sync.run({ streams: ["customers"] });
  const alone = new Sync(configOf(emulator), sync.fold);
  await expect(alone.run({ streams: ["customers"] })).rejects.toThrow(/was written with account_ids/);
  const own = new Sync(configOf(emulator));
  await own.run({ streams: ["customers"] });
  const joined = new Sync(configOf(emulator, { account_ids: "all" }), own.fold);
  await expect(joined.run({ streams: ["customers"] })).rejects.toThrow(/was written without account_ids/);
});
