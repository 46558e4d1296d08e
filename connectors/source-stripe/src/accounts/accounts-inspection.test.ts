import { type Emulator, startEmulator } from "@sluice/stripe-emulator";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectedAccounts } from "../fixtures/connected.ts";
import { configOf } from "../fixtures/sync.ts";
import { check, discover } from "../inspection.ts";

let emulator: Emulator;

beforeEach(async () => {
  emulator = await startEmulator({ objects: { accounts: 3 } });
});
afterEach(() => emulator.close());

test("check tells what an account may not, and of how many accounts that holds", async () => {
  const [one = ""] = await connectedAccounts(emulator);
  emulator.addFault({ account: one, path: "/v1/charges", error: "more_permissions_required" });
  emulator.addFault({ path: "/v1/refunds", error: "more_permissions_required" });
  const { message, streams } = await check(configOf(emulator, { account_ids: "all" }));
  expect(message).toContain("of 4 accounts, as 4 of them answer,");
  const of = (name: string) => streams?.find(({ stream }) => stream === name);
  expect(of("charges")).toMatchObject({ status: "granted", message: expect.stringContaining(`Not of ${one}: Stripe`) });
  expect(of("refunds")).toMatchObject({ status: "denied", message: expect.stringContaining("refund_read") });
  expect(of("customers")).toEqual({ stream: "customers", status: "granted" });
  expect(of("accounts")).toMatchObject({ status: "granted" });
});

test("an account that the key does not open fails check with its name and what to do", async () => {
  const [one = "", other = ""] = await connectedAccounts(emulator);
  emulator.delete(one);
  const checked = check(configOf(emulator, { account_ids: [one, other] }));
  await expect(checked).rejects.toThrow(`does not let the key work with 1 (${one})`);
  await expect(checked).rejects.toThrow("take it out of account_ids");
});

test("rows of several accounts are described with their account, which is a part of their key", async () => {
  const streams = await discover(configOf(emulator, { account_ids: "all" }));
  const of = (name: string) => streams.find((stream) => stream.name === name);
  for (const name of ["customers", "invoices_lines", "accounts", "accounts_external_accounts"])
    expect(of(name)?.primary_key).toEqual(["account_id", "id"]);
  const { properties, required } = Object(of("invoices_lines")?.json_schema);
  expect(Object.keys(properties).slice(0, 2)).toEqual(["account_id", "invoice_id"]);
  expect(required).toContain("account_id");
  const alone = await discover(configOf(emulator));
  expect(alone.find(({ name }) => name === "customers")?.primary_key).toEqual(["id"]);
});
