import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import Stripe from "stripe";
import { z } from "zod";
import { type Emulator, startEmulator } from "../emulator.ts";

const Frame = z.object({
  endpoint: z.object({ api_version: z.string().nullable() }),
  event_payload: z.string(),
  http_headers: z.record(z.string(), z.string()),
  webhook_id: z.string(),
  webhook_conversation_id: z.string(),
});
const Session = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
type Session = z.infer<typeof Session>;
let emulator: Emulator;

beforeEach(async () => {
  emulator = await startEmulator({ objects: { customers: 3 }, eventApiVersion: "2024-06-20" });
});
afterEach(() => emulator.close());

async function session(key = emulator.apiKey) {
  const body = new URLSearchParams([
    ["device_name", "test"],
    ["websocket_features[]", "webhooks"],
  ]);
  const headers = { authorization: `Bearer ${key}` };
  const answer = await fetch(`${emulator.url}/v1/stripecli/sessions`, { method: "POST", headers, body });
  return { status: answer.status, body: Session.catch({}).parse(await answer.json()) };
}

function dial({ websocket_url: url, websocket_id: id }: Session, protocol = "stripecli-devproxy-v1") {
  return new WebSocket(`${url}?websocket_feature=webhook-payloads`, protocol, {
    headers: { "websocket-id": String(id) },
  });
}

test("a session leads to a socket, over which each event comes in two versions, signed with the session's secret", async () => {
  const { body } = await session();
  expect(body).toMatchObject({
    websocket_authorized_feature: "webhook-payloads",
    secret: expect.stringMatching(/^whsec_/),
    default_version: "2024-06-20",
    latest_version: emulator.apiVersion,
  });
  const socket = dial(body);
  await once(socket, "open");
  expect(socket.protocol).toBe("stripecli-devproxy-v1");
  const frames: z.infer<typeof Frame>[] = [];
  socket.on("message", (data: Buffer) => frames.push(Frame.parse(JSON.parse(data.toString()))));
  emulator.create({ object: "customer" });
  await expect.poll(() => frames.length).toBe(2);
  expect(frames.map(({ endpoint }) => endpoint.api_version)).toEqual([null, emulator.apiVersion]);
  const events = frames.map(({ event_payload: payload, http_headers: headers }) =>
    new Stripe(emulator.apiKey).webhooks.constructEvent(
      payload,
      headers["Stripe-Signature"] ?? "",
      String(body["secret"]),
    ),
  );
  expect(events.map(({ api_version: version }) => version)).toEqual(["2024-06-20", emulator.apiVersion]);
  expect(events[0]?.id).toBe(events[1]?.id);
});

test("an event counts as acknowledged by the ids of its frame, and by no others", async () => {
  const { body } = await session();
  const socket = dial(body);
  await once(socket, "open");
  const frames: z.infer<typeof Frame>[] = [];
  socket.on("message", (data: Buffer) => frames.push(Frame.parse(JSON.parse(data.toString()))));
  for (let made = 0; made < 2; made += 1) emulator.create({ object: "customer" });
  await expect.poll(() => frames.length).toBe(4);
  const acks = frames.map(({ event_payload: payload, webhook_id, webhook_conversation_id }) => {
    return { type: "event_ack", event_id: String(JSON.parse(payload).id), webhook_id, webhook_conversation_id };
  });
  const [ack, ofSecond] = [acks[0], acks[2]];
  for (const wrong of [
    { ...ack, webhook_id: ofSecond?.webhook_id },
    { ...ack, webhook_conversation_id: ofSecond?.webhook_conversation_id },
    { ...ack, webhook_conversation_id: undefined },
    { ...ack, event_id: ofSecond?.event_id },
    ofSecond,
  ])
    socket.send(JSON.stringify(wrong));
  await expect.poll(() => emulator.pushed().acknowledged).toEqual([ofSecond?.event_id]);
});

test("a socket is refused without the subprotocol, with an unknown id, and once its session has expired", async () => {
  const { body } = await session();
  const refusal = async (socket: WebSocket) => {
    const [, response] = await once(socket, "unexpected-response");
    let text = "";
    for await (const chunk of response) text += String(chunk);
    return JSON.parse(text).error.message;
  };
  expect(await refusal(dial(body, "another"))).toMatch(/subprotocol/);
  expect(await refusal(dial({ ...body, websocket_id: "cliws_none" }))).toBe("Unknown WebSocket ID.");
  const socket = dial(body);
  await once(socket, "open");
  emulator.disconnect({ expire: true });
  await once(socket, "close");
  expect(await refusal(dial(body))).toBe("Unknown WebSocket ID.");
});

test("a session needs a key that is let in", async () => {
  expect((await session("sk_test_wrong")).status).toBe(401);
});
