import { type ErrorName, startEmulator } from "@sluice/stripe-emulator";
import { expect, onTestFinished, test, vi } from "vitest";
import { endings, environment, run } from "./fixtures/source-process.ts";
import { configOf, Sync } from "./fixtures/sync.ts";
import { check, discover } from "./inspection.ts";

test.each<[string, string, ErrorName]>([
  ["accounts", "/v1/accounts", "platform_account_required"],
  ["exchange_rates", "/v1/exchange_rates", "unrecognized_url"],
  ["v2_money_management_payout_methods", "/v2/money_management/payout_methods", "feature_not_enabled"],
])("an account without %s has it left out, and everything else is read", async (name, path, error) => {
  await using emulator = await startEmulator({ objects: { customers: 3 } });
  emulator.addFault({ path, error });
  const outputs = await new Sync(configOf(emulator)).run({ streams: [name, "customers"] });
  expect(outputs.map(({ type }) => type)).not.toContain("failure");
  expect(outputs).toContainEqual({ type: "skipped", stream: name, reason: expect.stringContaining("this product") });
  expect(outputs).toContainEqual({ type: "complete", stream: "customers" });
  const { streams = [] } = await check(configOf(emulator));
  const others = streams.filter(({ status }) => status !== "granted");
  expect(others.find(({ stream }) => stream === name)).toMatchObject({ status: "unavailable" });
  // what is nested in it shares its fate
  for (const { stream } of others) expect(stream.startsWith(name)).toBe(true);
});

test("a key that may read nothing is told as such: check fails, and a read that leaves out all there is does not end well", async () => {
  await using emulator = await startEmulator({ objects: { customers: 3 } });
  const apiKey = "rk_test_nothing";
  emulator.restrictKey(apiKey, []);
  const config = configOf(emulator, { api_key: apiKey });
  await expect(check(config)).rejects.toMatchObject({
    code: "permission",
    message: expect.stringMatching(/^The key can read none of \d+ streams; "\w+" because: Stripe answered 403 .*_read/),
  });
  const { exitCode, messages, stderr } = await run(["read"], environment({ ...emulator, apiKey }));
  expect(exitCode).toBe(11);
  expect(stderr).toMatch(/None of \d+ streams can be read; "\w+" because: Stripe answered 403 /);
  expect(new Set(Object.values(endings(messages)))).toEqual(new Set(["skipped"]));
  // with one that can be read, the others are no failure unless somebody names them
  emulator.restrictKey(apiKey, ["customer_read"]);
  expect(await run(["read"], environment({ ...emulator, apiKey }))).toMatchObject({ exitCode: 0 });
});

test("a list that breaks down hides no other one: check and discover tell of all, without many tries", async () => {
  await using emulator = await startEmulator();
  const broken = { path: "/v1/disputes", status: 500, headers: { "retry-after": "0" } };
  emulator.addFault(broken);
  const { streams: checked = [], message } = await check(configOf(emulator));
  expect(emulator.requests().paths[broken.path]).toBe(3);
  const without = checked.filter(({ status }) => status !== "granted");
  expect(without).toMatchObject([
    { stream: "disputes", status: "unavailable", message: expect.stringContaining("Stripe answered 500") },
  ]);
  expect(message).toContain(`can read ${checked.length - 1} of ${checked.length} streams`);
  const discovered = await discover(configOf(emulator));
  expect(discovered).toHaveLength(checked.length);
  expect(discovered.find(({ name }) => name === "disputes")).toMatchObject({
    metadata: { access: { status: "unavailable" } },
  });
});

test("a Stripe that answers no list at all fails check, as what may work later", async () => {
  await using emulator = await startEmulator();
  // a warning for each of them
  const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  onTestFinished(() => stderr.mockRestore());
  emulator.addFault({ afterRequests: 2, status: 503, headers: { "retry-after": "0" } });
  await expect(check(configOf(emulator))).rejects.toMatchObject({ code: "transient" });
});
