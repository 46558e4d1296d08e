import { allStreams } from "@sluice/stripe-catalog";
import { type Emulator, startEmulator } from "@sluice/stripe-emulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listed } from "./fixtures/account.ts";
import { endings, environment, idsRead, run, type Run } from "./fixtures/source-process.ts";
import { GlobalState } from "./global-state.ts";
import { StreamState } from "./stream-state.ts";

const NOW = 1_790_000_000;
const streams = allStreams();
let emulator: Emulator;
let read: Run;

function byId(one: Record<string, unknown>, other: Record<string, unknown>): number {
  return String(one["id"]) < String(other["id"]) ? -1 : 1;
}

beforeAll(async () => {
  emulator = await startEmulator({ now: NOW, objects: { customers: 130, charges: 250, quotes: 120 } });
  read = await run(["read"], environment(emulator));
});
afterAll(() => emulator.close());

test("a read without options ends with 0, silently, and completes every stream", () => {
  expect(read).toMatchObject({ exitCode: 0, stderr: "" });
  expect(endings(read.messages)).toEqual(Object.fromEntries(streams.map(({ name }) => [name, "complete"])));
});

test.each(streams)("each object that $path lists is read once, as it is listed", async (stream) => {
  const objects = await listed(emulator, stream);
  expect(objects.length).toBeGreaterThan(0);
  const records = read.messages.flatMap((message) =>
    message.type === "record" && message.record.stream === stream.name ? [message.record.data] : [],
  );
  // several walks through one list are under way at the same time
  expect(records.toSorted(byId)).toEqual(objects.toSorted(byId));
});

test("a record is as of the second before the answer that came before its page", () => {
  const versions = read.messages.flatMap((message) => (message.type === "record" ? [message.record.version] : []));
  expect(new Set(versions)).toEqual(new Set([(NOW - 1) * 1_000_000]));
});

test("a state comes first and behind each page, the last one by a state that says so, and both count what was sent", () => {
  const ofCharges = read.messages.filter(
    (message) =>
      (message.type === "record" && message.record.stream === "charges") ||
      (message.type === "state" && message.state.stream === "charges"),
  );
  const states = [];
  let sent = 0;
  for (const message of ofCharges) {
    if (message.type === "record") sent += 1;
    if (message.type !== "state") continue;
    // how many pages show the 250 depends on where the list is cut between requests under way at the same time
    expect(sent - (states.at(-1)?.records?.["charges"] ?? 0)).toBeLessThanOrEqual(100);
    expect(message.state.records).toEqual({ charges: sent });
    expect(StreamState.parse(message.state.data)).toMatchObject({ mode: "test", events_from: NOW - 1 });
    states.push(message.state);
  }
  expect(ofCharges[0]?.type).toBe("state");
  expect(sent).toBe(250);
  expect(ofCharges.at(-1)?.type).toBe("state");
  expect(states.at(-1)?.data).toMatchObject({ listing: null, listed_at: NOW, created_through: NOW });
  for (const { name } of streams) {
    const status = read.messages.find(
      (message) =>
        message.type === "stream_status" &&
        message.stream_status.stream === name &&
        message.stream_status.status === "complete",
    );
    expect(status).toMatchObject({ stream_status: { records: idsRead(read.messages)[name]?.length } });
  }
});

test("a global state tells up to where the events are read", () => {
  const global = read.messages.flatMap((message) =>
    message.type === "state" && message.state.scope === "global" ? [message.state.data] : [],
  );
  expect(global.map((data) => GlobalState.parse(data).cursor)).toEqual([NOW]);
});

test("check and discover tell of each stream whether it can be read", async () => {
  const check = await run(["check"], environment(emulator));
  const granted = streams.map(({ name }) => ({ stream: name, status: "granted" }));
  expect(check).toMatchObject({
    exitCode: 0,
    messages: [{ connection_status: { status: "succeeded", streams: granted } }],
  });
  const discover = await run(["discover"], environment(emulator));
  expect(discover.messages).toMatchObject([
    {
      catalog: {
        streams: streams.map(({ name, primary_key }) => ({
          name,
          primary_key,
          metadata: { access: { status: "granted" } },
        })),
      },
    },
  ]);
});

test("a restricted key is told what it may not read, before and while it reads, and no table is empty for that", async () => {
  const apiKey = "rk_test_narrow";
  emulator.restrictKey(apiKey, ["customer_read"]);
  const env = environment({ ...emulator, apiKey });
  const { messages } = await run(["check"], env);
  const [status] = messages.flatMap((message) =>
    message.type === "connection_status" ? [message.connection_status] : [],
  );
  const accessTo = (name: string) => status?.streams?.find(({ stream }) => stream === name);
  expect(status?.message).toMatch(/may not read events/);
  expect(accessTo("customers")).toEqual({ stream: "customers", status: "granted" });
  expect(accessTo("charges")).toMatchObject({ status: "denied", message: expect.stringContaining("charge_read") });
  const { messages: sent, exitCode } = await run(["read", "--streams", "customers,charges"], env);
  expect(exitCode).toBe(14);
  expect(endings(sent)).toEqual({ customers: "complete", charges: "skipped" });
  expect(idsRead(sent)["customers"]).toHaveLength(130);
});

test("every request is told at debug, with its request id and without the key", async () => {
  const before = emulator.requests().total;
  const { stderr, exitCode } = await run(
    ["read", "--streams", "customers", "--log-level", "debug"],
    environment(emulator),
  );
  expect(exitCode).toBe(0);
  const told = stderr.match(/GET \/v1\/\S+ \{.*\}: 200, req_\w+, \d+ bytes, \d+ ms/g);
  expect(told).toHaveLength(emulator.requests().total - before);
  expect(stderr).not.toContain(emulator.apiKey);
});
