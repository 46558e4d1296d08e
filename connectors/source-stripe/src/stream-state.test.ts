import { type Emulator, startEmulator } from "@sluice/stripe-emulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { configOf, recordsIn, Sync } from "./fixtures/sync.ts";
import { GlobalState } from "./global-state.ts";
import { StreamState } from "./stream-state.ts";

const NOW = 1_790_000_000;
let emulator: Emulator;
let states: { stream: StreamState; global: GlobalState };

beforeAll(async () => {
  emulator = await startEmulator({ now: NOW, objects: { customers: 250 } });
  const sync = new Sync(configOf(emulator));
  await sync.run({ streams: ["customers"] });
  states = {
    stream: StreamState.parse(sync.fold.states.get("customers")),
    global: GlobalState.parse(sync.fold.globalState),
  };
});
afterAll(() => emulator.close());

/** Resolves to the message of the failure of a read that goes on from these states. */
async function refusal(given: { stream?: unknown; global?: unknown }): Promise<string> {
  const sync = new Sync(configOf(emulator));
  sync.fold.states.set("customers", given.stream ?? states.stream);
  sync.fold.globalState = given.global ?? states.global;
  return sync.run({ streams: ["customers"] }).then(
    () => "nothing was refused",
    (error: Error) => error.message,
  );
}

test("states tell the account and the mode that they are about", () => {
  const owner = { account: emulator.accountId, mode: "test" };
  expect(states).toMatchObject({ stream: owner, global: owner });
});

test("a state of another account is refused, and so is one of another mode", async () => {
  const account = { account: "acct_other" };
  expect(await refusal({ stream: { ...states.stream, ...account } })).toMatch(
    /^The state of the stream "customers" belongs to acct_other in test mode, but the API key opens acct_\w+ in test mode; /,
  );
  expect(await refusal({ global: { ...states.global, ...account } })).toMatch(
    /^The global state belongs to acct_other/,
  );
  expect(await refusal({ stream: { ...states.stream, mode: "live" } })).toMatch(/in live mode, but .* in test mode/);
});

test("a key that may not read the account learns from the refusal whose it is", async () => {
  const apiKey = "rk_test_narrow";
  emulator.restrictKey(apiKey, ["customer_read", "event_read"]);
  const message = `Having the 'rak_accounts_kyc_basic_read' permission on account '${emulator.accountId}' would help.`;
  emulator.addFault({ path: "/v1/account", status: 403, body: { error: { message } } });
  const sync = new Sync({ ...configOf(emulator), api_key: apiKey });
  await sync.run({ streams: ["customers"] });
  expect(sync.fold.states.get("customers")).toMatchObject({ account: emulator.accountId });
  emulator.clearFaults();
});

test("a state without an account is accepted, and has one from then on", async () => {
  const sync = new Sync(configOf(emulator));
  sync.fold.states.set("customers", { ...states.stream, account: null });
  sync.fold.globalState = { ...states.global, account: null };
  await sync.run({ streams: ["customers"] });
  expect(sync.fold.states.get("customers")).toMatchObject({ account: emulator.accountId });
});

test.each([
  ["a state of a later format", { format: 4 }],
  ["a state of another connector", { page: 7 }],
  ["no state at all", null],
])("%s is refused and never taken for a new beginning", async (_, data) => {
  const stream = data === null ? [] : data;
  expect(await refusal({ stream })).toMatch(/was not written by this version of source-stripe; use the version that/);
  expect(await refusal({ global: stream })).toMatch(/^The global state was not written by/);
});

test("a stream of the first format is listed anew", async () => {
  const sync = new Sync(configOf(emulator));
  sync.fold.states.set("customers", { format: 1, phase: "complete" });
  expect(recordsIn(await sync.run({ streams: ["customers"] }), "customers")).toHaveLength(250);
});
