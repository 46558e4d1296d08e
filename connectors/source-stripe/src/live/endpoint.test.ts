import { type Emulator, startEmulator } from "@sluice/stripe-emulator";
import { afterEach, beforeEach, expect, test } from "vitest";
import { environment, run } from "../fixtures/source-process.ts";
import { configOf } from "../fixtures/sync.ts";
import type { Config } from "../config.ts";
import { setUpEndpoint, tearDownEndpoint } from "./endpoint.ts";
import { listed, streamNamed } from "../fixtures/account.ts";

const url = "https://hooks.example.com/stripe";
let emulator: Emulator;

beforeEach(async () => {
  emulator = await startEmulator({ objects: { webhook_endpoints: 3 } });
});
afterEach(() => emulator.close());

function call(verb: string, { secret = "", args = [] as string[], accounts = "" } = {}) {
  const ofAccounts = accounts === "" ? {} : { SOURCE_STRIPE_ACCOUNT_IDS: accounts };
  const variables = { ...ofAccounts, SOURCE_STRIPE_WEBHOOK_PUBLIC_URL: url, SOURCE_STRIPE_WEBHOOK_SECRET: secret };
  return run([verb, ...args], { ...environment(emulator), ...variables });
}

async function endpoints() {
  return listed(emulator, streamNamed("webhook_endpoints"));
}

test("setup makes an endpoint in the configured version and tells its secret, and teardown removes that and no other", async () => {
  const others = await endpoints();
  const same = emulator.create({ object: "webhook_endpoint", url, metadata: {} });
  const { exitCode, messages } = await call("setup");
  expect(exitCode).toBe(0);
  const [control] = messages.flatMap((message) => (message.type === "control" ? [message.control.config] : []));
  const secret = String(Object(control?.["webhook"]).secret);
  expect(control).toMatchObject({ api_key: emulator.apiKey, webhook: { public_url: url } });
  expect(secret).toMatch(/^whsec_\w+/);
  const made = (await endpoints()).filter(({ id }) => ![...others, same].some((other) => other.id === id));
  expect(made).toMatchObject([{ url, api_version: emulator.apiVersion, status: "enabled" }]);
  expect(made[0]?.["enabled_events"]).toEqual(expect.arrayContaining(["customer.created", "charge.updated"]));
  // a second time there is nothing to do
  expect(await call("setup", { secret })).toMatchObject({ exitCode: 0, messages: [] });
  expect(await endpoints()).toHaveLength(5);
  expect((await call("teardown", { args: ["--dry-run"] })).stderr).toContain(made[0]?.id);
  expect(await endpoints()).toHaveLength(5);
  expect(await call("teardown")).toMatchObject({ exitCode: 0 });
  expect(await endpoints()).toHaveLength(4);
  expect((await endpoints()).map(({ id }) => id).toSorted()).toEqual([...others, same].map(({ id }) => id).toSorted());
});

test("for connected accounts setup makes an endpoint of its own, and tells the secrets of both", async () => {
  const others = await endpoints();
  const { exitCode, messages } = await call("setup", { accounts: "all" });
  expect(exitCode).toBe(0);
  const [control] = messages.flatMap((message) => (message.type === "control" ? [message.control.config] : []));
  expect(Object(control?.["webhook"]).secret).toEqual([
    expect.stringMatching(/^whsec_/),
    expect.stringMatching(/^whsec_/),
  ]);
  expect(await endpoints()).toHaveLength(others.length + 2);
  const secret = JSON.stringify(Object(control?.["webhook"]).secret);
  expect(await call("setup", { accounts: "all", secret })).toMatchObject({ exitCode: 0, messages: [] });
  expect(await call("teardown", { accounts: "all" })).toMatchObject({ exitCode: 0 });
  expect(await endpoints()).toEqual(others);
});

test("an endpoint whose secret is lost or whose version is another is replaced", async () => {
  await call("setup");
  const [first] = (await endpoints()).filter((endpoint) => endpoint["url"] === url);
  const { messages } = await call("setup");
  const [second, ...more] = (await endpoints()).filter((endpoint) => endpoint["url"] === url);
  expect(messages.map(({ type }) => type)).toEqual(["control"]);
  expect(more).toEqual([]);
  expect(second?.id).not.toBe(first?.id);
});

test("an endpoint that is disabled, sent too little or one too many is replaced, and one at another address only named", async () => {
  const config = { ...configOf(emulator), webhook: { public_url: url } };
  let known: Config = config;
  const made = await setUpEndpoint(config, { dryRun: false, configured: async (now) => void (known = now) });
  const id = /we_\w+/.exec(String(made))?.[0] ?? "";
  const tried = async () =>
    (await setUpEndpoint(known, { dryRun: true, configured: async () => {} })).map((line) => line.split(" ")[0]);
  expect(await tried()).toEqual(["The"]);
  emulator.update(id, { status: "disabled" });
  expect(await tried()).toEqual(["Deletes", "Makes"]);
  emulator.update(id, { status: "enabled", enabled_events: ["charge.updated"] });
  expect(await tried()).toEqual(["Deletes", "Makes"]);
  emulator.update(id, { enabled_events: ["*"], api_version: "2024-06-20" });
  expect(await tried()).toEqual(["Deletes", "Makes"]);
  emulator.update(id, { api_version: emulator.apiVersion });
  expect(await tried()).toEqual(["The"]);
  const one = Object((await endpoints()).find((endpoint) => endpoint.id === id));
  const twin = emulator.create({ ...one, id: "we_twin" });
  expect(await tried()).toEqual(["Deletes", "Deletes", "Makes"]);
  emulator.update(twin.id, { url: "https://hooks.example.com/before" });
  expect(await tried()).toEqual(["The", "Leaves"]);
  const tornDown = await tearDownEndpoint(known, { dryRun: false });
  expect(tornDown).toEqual([expect.stringContaining(id), expect.stringMatching(`Leaves the endpoint ${twin.id}`)]);
  expect((await endpoints()).map((endpoint) => endpoint.id)).toContain(twin.id);
});

test("setup that is only tried changes nothing, and without an address it says what is missing", async () => {
  const { stderr, messages } = await call("setup", { args: ["--dry-run"] });
  expect({ stderr, messages }).toEqual({ stderr: expect.stringContaining(url), messages: [] });
  expect(await endpoints()).toHaveLength(3);
  const webhooks = { ...environment(emulator), SOURCE_STRIPE_EVENTS_MODE: "webhook" };
  const { exitCode, stderr: missing } = await run(["setup"], webhooks);
  expect({ exitCode, missing }).toEqual({ exitCode: 10, missing: expect.stringContaining("webhook.public_url") });
});

test("where no address is configured, nothing is set up and nothing torn down", async () => {
  const before = await endpoints();
  for (const verb of ["setup", "teardown"])
    expect(await run([verb], environment(emulator))).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining("webhook.public_url"),
    });
  expect(await endpoints()).toEqual(before);
});

test("a write that was answered with a failure is done once", async () => {
  emulator.addFault({ path: "/v1/webhook_endpoints", method: "POST", reset: "mid_body", times: 1 });
  expect((await call("setup")).exitCode).toBe(0);
  expect((await endpoints()).filter((endpoint) => endpoint["url"] === url)).toHaveLength(1);
});
