import { type Emulator, startEmulator } from "@sluice/stripe-emulator";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Config } from "../config.ts";
import { listed, streamNamed } from "../fixtures/account.ts";
import { configOf, recordsIn, Sync } from "../fixtures/sync.ts";

const NOW = 1_790_000_000;
/** So many items of a list are in the object. */
const SHOWN = 10;
let emulator: Emulator;
let sync: Sync;

beforeEach(async () => {
  emulator = await startEmulator({ now: NOW, objects: { customers: 5, invoices: 2 } });
  sync = new Sync(configOf(emulator, { relist_interval: "0s" }));
});
afterEach(() => emulator.close());

function idsOf(stream: string): string[] {
  return [...sync.fold.objects(stream).keys()];
}

/** Resolves to what a read yields of one stream, some seconds later. */
async function later(stream: string, config?: Config): Promise<ReturnType<typeof recordsIn>> {
  emulator.advanceClock(5);
  return recordsIn(await sync.run({ streams: [stream] }, config), stream);
}

/** Yields an invoice that has had so many lines for a while, and their ids, oldest first. */
function invoiceOf(name: string, lines: number): { invoice: string; ids: string[] } {
  const { id: invoice } = emulator.create({ object: "invoice", status: "draft", lines: undefined });
  const ids = Array.from({ length: lines }, (_, line) => `il_${name}_${line}`);
  for (const id of ids) emulator.create({ object: "line_item", parent: invoice, id });
  emulator.advanceClock(10);
  return { invoice, ids };
}

test("an item that its parent did not show, and that leaves it whole, is found by the next listing", async () => {
  const { ids } = invoiceOf("a", SHOWN + 1);
  await sync.run({ streams: ["invoices_lines"] });
  expect(idsOf("invoices_lines")).toContain(ids[0]);
  emulator.advanceClock(10);
  emulator.delete(ids[0] ?? "");
  // the first of them only takes note
  for (let run = 0; run < 2; run += 1) await later("invoices_lines");
  const truth = await listed(emulator, streamNamed("invoices_lines"));
  expect(idsOf("invoices_lines").sort()).toEqual(truth.map(({ id }) => id).sort());
});

test("objects that are never fetched lose no item of which an earlier event of a second told", async () => {
  const never = configOf(emulator, { events: { hydrate: "never" } });
  const [one, other] = [invoiceOf("a", 3), invoiceOf("b", 3)];
  await sync.run({ streams: ["invoices_lines"] }, never);
  expect(idsOf("invoices_lines")).toEqual(expect.arrayContaining([...one.ids, ...other.ids]));
  emulator.advanceClock(10);
  emulator.delete("il_a_1");
  emulator.update(one.invoice, { description: "one less" });
  emulator.delete("il_b_1");
  emulator.delete(other.invoice);
  await later("invoices_lines", never);
  expect(idsOf("invoices_lines").filter((id) => /^il_[ab]_/.test(id))).toEqual(["il_a_2", "il_a_0"]);
});

test("an item that is gone, and does not say whose it was, is deleted by itself", async () => {
  const customer = emulator.create({ object: "customer" }).id;
  for (const id of ["card_gone", "card_left"]) emulator.create({ object: "payment_source", parent: customer, id });
  emulator.advanceClock(10);
  await sync.run({ streams: ["customers_sources"] });
  expect(idsOf("customers_sources")).toEqual(expect.arrayContaining(["card_gone", "card_left"]));
  emulator.advanceClock(10);
  const second = emulator.now();
  const stray = { object: "card", customer: undefined, id: "card_gone" };
  emulator.raiseEvent({ type: "customer.source.updated", object: stray });
  emulator.raiseEvent({ type: "customer.source.deleted", object: stray });
  const lists = emulator.requests().paths["/v1/customers"];
  expect(await later("customers_sources")).toMatchObject([
    { op: "delete", id: "card_gone", version: second * 1e6 + 999_999 },
  ]);
  expect(await later("customers_sources")).toEqual([]);
  expect(emulator.requests().paths["/v1/customers"]).toBe(lists);
  // of a change nobody can tell where it belongs: a listing shows it
  emulator.raiseEvent({ type: "customer.source.updated", object: { ...stray, id: "card_left" } });
  expect(await later("customers_sources")).toEqual([]);
  expect((await later("customers_sources")).map(({ id }) => id)).toContain("card_left");
});

test("an item that changes of a parent outside the span of time gives no rows", async () => {
  const since = configOf(emulator, { start_date: new Date(NOW * 1000).toISOString() });
  const [old] = await listed(emulator, streamNamed("customers"));
  const recent = emulator.create({ object: "customer" }).id;
  emulator.advanceClock(10);
  expect(await later("customers_tax_ids", since)).toMatchObject([]);
  emulator.create({ object: "tax_id", parent: old?.id ?? "", id: "txi_old" });
  emulator.create({ object: "tax_id", parent: recent, id: "txi_recent" });
  expect(await later("customers_tax_ids", since)).toMatchObject([{ op: "upsert", id: "txi_recent" }]);
});

test("where several accounts are read, what leaves an account is deleted with that account's id", async () => {
  const several = configOf(emulator, { account_ids: "all" });
  const { id: account } = emulator.create({ object: "account" });
  emulator.advanceClock(10);
  await sync.run({ streams: ["accounts_external_accounts"] }, several);
  emulator.advanceClock(10);
  const type = "account.external_account.deleted";
  emulator.raiseEvent({ type, object: { object: "bank_account", id: "ba_of_one", account } });
  emulator.raiseEvent({ type, object: { object: "bank_account", id: "ba_own" } });
  const records = await later("accounts_external_accounts", several);
  const deletes = records.filter(({ op }) => op === "delete").map(({ data }) => data);
  expect(deletes).toHaveLength(2);
  expect(deletes).toContainEqual({ account_id: account, id: "ba_of_one" });
  expect(deletes).toContainEqual({ account_id: emulator.accountId, id: "ba_own" });
});
