import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { SluiceError } from "@sluice/protocol";
import { configureLog } from "@sluice/protocol/stdio";
import { startEmulator } from "@sluice/stripe-emulator";
import { expect, onTestFinished, test } from "vitest";
import { EventServer } from "../fixtures/event-server.ts";
import { clientOf } from "../fixtures/client.ts";
import { LiveSync } from "../fixtures/live-sync.ts";
import { configOf, recordsIn } from "../fixtures/sync.ts";
import { followSocket, type SocketPauses } from "./event-socket.ts";
import { Feed } from "./feed.ts";

const EXPIRED = { status: 400, body: { error: { message: "Unknown WebSocket ID." } } };
const BUSY = { status: 503, body: { error: { message: "Not now." } } };
const pauses: SocketPauses = { ping: 10, silence: 2000, handshake: 2000, redial: 5, failedDial: 5 };

/** Follows a server's sockets until the test ends. */
function follow(server: EventServer, changed: Partial<SocketPauses> = {}) {
  const client = clientOf({ url: server.url, apiKey: "sk_test_1", apiVersion: "2026-10-28.endive" });
  const stopping = new AbortController();
  const [feed, pushed] = [new Feed(), [] as string[]];
  const ended = followSocket({
    client,
    feed,
    proxy: undefined,
    signal: stopping.signal,
    pauses: { ...pauses, ...changed },
    onPushed: (body) => pushed.push(body.toString()),
  }).then(
    () => "in order",
    (error: unknown) => (error instanceof SluiceError ? `${error.code}: ${error.message}` : String(error)),
  );
  onTestFinished(async () => {
    stopping.abort();
    await ended;
  });
  return { feed, pushed, ended };
}

/** Resolves to a socket that is open at the server: that of the dial with this number, from 0. */
async function opened(server: EventServer, number: number) {
  await expect.poll(() => server.dials[number]?.socket).toBeDefined();
  const socket = server.dials[number]?.socket;
  if (socket === undefined) throw new Error(`The dial ${number} was refused.`);
  return socket;
}

function frame(payload: string, number: number) {
  const ids = { webhook_id: `wh_${number}`, webhook_conversation_id: `wc_${number}` };
  return JSON.stringify({ type: "webhook_event", event_payload: payload, http_headers: {}, endpoint: {}, ...ids });
}

/** Keeps what is logged while the test goes on. */
function logged(): { level: string; message: string }[] {
  const lines: { level: string; message: string }[] = [];
  configureLog({ sink: (level, message) => lines.push({ level, message }) });
  onTestFinished(() => configureLog({ sink: undefined }));
  return lines;
}

test("a session is asked for and its socket dialed as the Stripe CLI does, and the feed is told to poll", async () => {
  const server = await EventServer.open();
  const { feed } = follow(server);
  const socket = await opened(server, 0);
  expect(new URLSearchParams(server.asked[0]?.body).get("websocket_features[]")).toBe("webhooks");
  const cli = { "accept-encoding": "identity", "user-agent": expect.stringMatching(/^Stripe\/v1 stripe-cli\//) };
  expect(server.asked[0]?.headers).toMatchObject({ ...cli, authorization: "Bearer sk_test_1" });
  expect(server.asked[0]?.headers).not.toHaveProperty("stripe-version");
  const { url, headers } = server.dials[0] ?? {};
  expect(url).toBe("/subscribe/acct_1?websocket_feature=webhook-payloads");
  expect(headers).toMatchObject({
    ...cli,
    "websocket-id": "cliws_1",
    "sec-websocket-protocol": "stripecli-devproxy-v1",
    "x-stripe-client-user-agent": server.asked[0]?.headers["x-stripe-client-user-agent"],
  });
  expect(headers).not.toHaveProperty("authorization");
  expect(headers).not.toHaveProperty("sec-websocket-extensions");
  await once(socket, "ping");
  await expect.poll(() => feed.take().isPollWanted).toBe(true);
});

test("both renderings are acknowledged by all three ids and handed on; what is no event is neither, and ends nothing", async () => {
  const server = await EventServer.open();
  const { pushed } = follow(server);
  const socket = await opened(server, 0);
  const said: unknown[] = [];
  socket.on("message", (data: Buffer) => said.push(JSON.parse(data.toString())));
  const [first, second] = ['{"id":"evt_1","api_version":"2024-06-20"}', '{"id":"evt_1","api_version":"2026-10-28"}'];
  for (const foreign of ["garbage", "[]", frame("no JSON", 7), frame('{"object":"event"}', 8)]) socket.send(foreign);
  socket.send(JSON.stringify({ type: "request_log_event", event_payload: "{}", request_log_id: "resp_1" }));
  socket.send(Buffer.from(frame(first, 1)));
  socket.send(frame(second, 2));
  const ack = { type: "event_ack", event_id: "evt_1" };
  await expect
    .poll(() => said)
    .toEqual([
      { ...ack, webhook_id: "wh_1", webhook_conversation_id: "wc_1" },
      { ...ack, webhook_id: "wh_2", webhook_conversation_id: "wc_2" },
    ]);
  expect(pushed).toEqual([first, second]);
  expect(server.dials).toHaveLength(1);
});

test("at its time a socket is closed in order, and the same session dialed again", async () => {
  const server = await EventServer.open();
  server.reconnectSeconds = 0.02;
  follow(server);
  await expect.poll(() => server.dials[0]?.closed).toBe("1000 Resetting the connection");
  await expect.poll(() => server.dials.length).toBeGreaterThan(1);
  expect(server.dials[1]?.headers["websocket-id"]).toBe("cliws_1");
  expect(server.asked).toHaveLength(1);
});

test("a socket over which nothing comes is given up and dialed again, and any frame keeps one", async () => {
  const server = await EventServer.open({ pongs: false });
  const { feed } = follow(server, { silence: 500 });
  const socket = await opened(server, 0);
  // longer than it may be silent
  for (let pings = 0; pings < 60; pings += 1) {
    await once(socket, "ping");
    socket.send("{}");
  }
  expect(server.dials).toHaveLength(1);
  feed.take();
  await expect.poll(() => server.dials[0]?.closed).toBe("1006 ");
  await opened(server, 1);
  expect(server.dials[1]?.headers["websocket-id"]).toBe("cliws_1");
  await expect.poll(() => feed.take().isPollWanted).toBe(true);
});

test("an expired session is followed by another one, and three in a row without a socket end the read", async () => {
  const server = await EventServer.open();
  const { ended } = follow(server);
  const socket = await opened(server, 0);
  server.refuses = EXPIRED;
  socket.terminate();
  expect(await ended).toMatch(/transient.*3 sessions.*events\.mode/s);
  // the first one had a socket
  expect(server.asked).toHaveLength(4);
  expect(server.dials.map(({ headers }) => headers["websocket-id"]).slice(-3)).toEqual([
    "cliws_2",
    "cliws_3",
    "cliws_4",
  ]);
});

test("a session whose socket is refused for another reason is dialed on and on, of which one warning tells", async () => {
  const lines = logged();
  const server = await EventServer.open();
  server.refuses = BUSY;
  follow(server);
  await expect.poll(() => server.dials.length).toBeGreaterThan(3);
  server.refuses = undefined;
  const socket = await opened(server, server.dials.length);
  expect(server.asked).toHaveLength(1);
  const told = () => lines.flatMap(({ level, message }) => (level === "debug" ? [] : [`${level} ${message}`]));
  expect(told()).toEqual([
    expect.stringMatching(/^warn .* could not be opened at 127\.0\.0\.1:\d+ \(503 Not now\.\).*events\.mode/),
    "info The socket for pushed events is open.",
  ]);
  server.refuses = BUSY;
  socket.terminate();
  await expect.poll(told).toHaveLength(3);
});

test("too many sessions are a refusal, which is not tried again; a server that breaks down is asked six times", async () => {
  for (const status of [429, 409]) {
    const refused = await EventServer.open();
    refused.answers.push({ status, body: { error: { message: "Too many sessions." } } });
    expect(await follow(refused).ended).toContain("Too many sessions.");
    expect(refused.asked).toHaveLength(1);
  }
  const broken = await EventServer.open();
  broken.answers.push(...Array.from({ length: 6 }, () => BUSY));
  expect(await follow(broken).ended).toContain("503");
  expect(broken.asked).toHaveLength(6);
  const recovers = await EventServer.open();
  recovers.answers.push(BUSY, { status: 200, body: "cut" });
  follow(recovers);
  await opened(recovers, 0);
  expect(recovers.asked).toHaveLength(3);
});

test("an answer that is no session is told with what to do", async () => {
  const server = await EventServer.open();
  server.answers.push(...Array.from({ length: 6 }, () => ({ status: 200, body: { websocket_url: "https://a" } })));
  expect(await follow(server).ended).toMatch(/transient: .*no session.*websocket_url.*check base_url/);
});

test("a live read takes an event that comes in two versions once, in ours, and asks for nothing", async () => {
  await using emulator = await startEmulator({ objects: { subscriptions: 1 }, eventApiVersion: "2024-06-20" });
  const config = configOf(emulator);
  const events = { ...config.events, mode: "websocket", poll_seconds: 600 } as const;
  await using sync = new LiveSync({ ...config, events }, { streams: ["subscriptions"], relistLookMs: 600_000 });
  await sync.isLive();
  while (emulator.pushed().acknowledged.length === 0) {
    // what nobody hears yet is lost
    emulator.create({ object: "coupon" });
    await sleep(50);
  }
  const { id } = emulator.create({ object: "subscription" });
  await expect.poll(() => sync.fold.objects("subscriptions").has(id)).toBe(true);
  // in the older version it stands here, and not in the items
  expect(sync.fold.objects("subscriptions").get(id)).not.toHaveProperty("current_period_end");
  expect(recordsIn(sync.outputs, "subscriptions").filter((row) => row.id === id)).toHaveLength(1);
  expect(emulator.requests().paths["/v1/subscriptions/{subscription}"]).toBeUndefined();
});
