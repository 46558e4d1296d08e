import type { IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { SluiceError } from "@sluice/protocol";
import { HttpsProxyAgent } from "https-proxy-agent";
import { log } from "@sluice/protocol/stdio";
import { WebSocket } from "ws";
import { z } from "zod";
import type { StripeClient } from "../stripe-client.ts";
import { CLI_HEADERS, openSession, type CliSession } from "./cli-session.ts";
import type { Feed } from "./feed.ts";

const SUBPROTOCOL = "stripecli-devproxy-v1";
const UNKNOWN_ID = "Unknown WebSocket ID.";
const NORMAL_CLOSURE = 1000;
const MAX_REFUSAL_BYTES = 10_000;
/** So many sessions in a row may end before they gave a socket. */
const MAX_SESSIONS = 3;

/** How long what takes, in milliseconds. */
export type SocketPauses = {
  ping: number;
  /** Silence after which the connection counts as lost. */
  silence: number;
  handshake: number;
  /** Before it is dialed again behind a socket that was closed. */
  redial: number;
  /** Behind a dial that failed. */
  failedDial: number;
};
export const SOCKET_PAUSES: SocketPauses = {
  ping: 2000,
  silence: 10_000,
  handshake: 10_000,
  redial: 1000,
  failedDial: 10_000,
};

const Frame = z.discriminatedUnion("type", [
  z.looseObject({
    type: z.literal("webhook_event"),
    event_payload: z.string(),
    webhook_conversation_id: z.string(),
    webhook_id: z.string(),
  }),
]);
const EventId = z.looseObject({ id: z.string() });

type SocketTask = {
  client: StripeClient;
  feed: Feed;
  /** The way to the server, as for requests. */
  proxy: string | undefined;
  signal: AbortSignal;
  pauses: SocketPauses;
  onPushed(body: Buffer): unknown;
};
type Dialed = { isOpened: true } | { isOpened: false; isExpired: boolean; reason: string };

/**
 * Takes events over a socket as the Stripe CLI does, until the signal aborts. Whenever a socket is open, the feed is told
 * to poll: what happened between two sockets is not sent again. Throws what ends the read.
 */
export async function followSocket(task: SocketTask): Promise<void> {
  const { client, signal, pauses } = task;
  let failures = 0;
  while (!signal.aborted) {
    const session = await openSession(client, { pauseMs: pauses.redial, signal });
    const hadSocket = await holdSession(session, task);
    failures = hadSocket ? 0 : failures + 1;
    if (failures >= MAX_SESSIONS)
      throw new SluiceError(
        "transient",
        `Stripe gave ${failures} sessions for pushed events and took a socket of none; run it again later, or set events.mode to poll.`,
      );
    await sleep(pauses.failedDial, undefined, { signal });
  }
}

/** Opens one socket after the other until the session has expired; resolves to whether there was any. */
async function holdSession(session: CliSession, task: SocketTask): Promise<boolean> {
  const { pauses, signal } = task;
  let hadSocket = false;
  for (;;) {
    const dialed = await holdSocket(session, task);
    if (dialed.isOpened) {
      hadSocket = true;
      await sleep(pauses.redial, undefined, { signal });
      continue;
    }
    log("debug", `The socket for pushed events could not be opened: ${dialed.reason}.`);
    if (dialed.isExpired) return hadSocket;
    await sleep(pauses.failedDial, undefined, { signal });
  }
}

/** Resolves when a socket has ended, or could not be opened. */
function holdSocket(session: CliSession, task: SocketTask): Promise<Dialed> {
  const { pauses, proxy } = task;
  const url = new URL(session.websocket_url);
  url.searchParams.set("websocket_feature", session.websocket_authorized_feature);
  const socket = new WebSocket(url, SUBPROTOCOL, {
    headers: { ...CLI_HEADERS, "websocket-id": session.websocket_id },
    perMessageDeflate: false,
    handshakeTimeout: pauses.handshake,
    ...(proxy === undefined ? {} : { agent: new HttpsProxyAgent(proxy) }),
  });
  const { promise, resolve } = Promise.withResolvers<Dialed>();
  const timers: NodeJS.Timeout[] = [];
  const end = () => socket.terminate();
  task.signal.addEventListener("abort", end, { once: true });
  if (task.signal.aborted) end();
  let isOpened = false;
  let reason = "the connection failed";
  let silence: NodeJS.Timeout | undefined;
  const isAlive = () => silence?.refresh();
  socket.on("open", () => {
    isOpened = true;
    silence = setTimeout(end, pauses.silence);
    timers.push(setInterval(() => socket.ping(), pauses.ping));
    timers.push(
      setTimeout(() => socket.close(NORMAL_CLOSURE, "Resetting the connection"), session.reconnect_delay * 1000),
    );
    task.feed.wantPoll();
  });
  socket.on("pong", isAlive);
  socket.on("message", (data) => {
    isAlive();
    if (Buffer.isBuffer(data)) takeFrame(socket, data.toString(), task);
  });
  socket.on("unexpected-response", (_, response) => {
    void refusalOf(response).then((message) => {
      reason = `${response.statusCode} ${message}`;
      resolve({ isOpened: false, isExpired: message === UNKNOWN_ID, reason });
      end();
    });
  });
  // what is wrong with it shows in that it closes
  socket.on("error", (error) => (reason = error.message));
  socket.on("close", () => {
    for (const timer of timers) clearTimeout(timer);
    clearTimeout(silence);
    task.signal.removeEventListener("abort", end);
    resolve(isOpened ? { isOpened } : { isOpened, isExpired: false, reason });
  });
  return promise;
}

/** Acknowledges an event, whatever becomes of it, and hands it on. Anything else is ignored. */
function takeFrame(socket: WebSocket, text: string, { onPushed }: SocketTask): void {
  const frame = Frame.safeParse(parsed(text));
  if (!frame.success) return;
  const { event_payload: payload, webhook_conversation_id, webhook_id } = frame.data;
  const event = EventId.safeParse(parsed(payload));
  if (!event.success) return;
  socket.send(JSON.stringify({ type: "event_ack", webhook_conversation_id, event_id: event.data.id, webhook_id }));
  onPushed(Buffer.from(payload));
}

/** Resolves to what a refused handshake says. */
async function refusalOf(response: IncomingMessage): Promise<string> {
  let text = "";
  try {
    for await (const chunk of response) {
      text += String(chunk);
      if (text.length > MAX_REFUSAL_BYTES) break;
    }
  } catch {
    // what came of it has to do
  }
  const body = z.looseObject({ error: z.looseObject({ message: z.string() }) }).safeParse(parsed(text));
  return body.success ? body.data.error.message : "without a reason";
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // no message of the protocol
    return undefined;
  }
}
