import type { IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { SluiceError } from "@sluice/protocol";
import { HttpsProxyAgent } from "https-proxy-agent";
import { log } from "@sluice/protocol/stdio";
import { WebSocket } from "ws";
import { z } from "zod";
import type { StripeClient } from "../stripe-client.ts";
import { reasonOf } from "../connection.ts";
import { CLI_HEADERS, openSession, type CliSession } from "./cli-session.ts";
import type { Feed } from "./feed.ts";

const SUBPROTOCOL = "stripecli-devproxy-v1";
const UNKNOWN_ID = "Unknown WebSocket ID.";
const NORMAL_CLOSURE = 1000;
const MAX_REFUSAL_BYTES = 10_000;
const MAX_REASON_LENGTH = 200;
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

const Frame = z.looseObject({
  type: z.literal("webhook_event"),
  event_payload: z.string(),
  webhook_conversation_id: z.string(),
  webhook_id: z.string(),
});
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
type Refusal = { isExpired: boolean; reason: string };

/**
 * Takes events over a socket as the Stripe CLI does, until the signal aborts. Whenever a socket is open, the feed is told
 * to poll: what happened between two sockets is not sent again. Throws what ends the read.
 */
export async function followSocket(task: SocketTask): Promise<void> {
  const { client, signal, pauses } = task;
  const outage = new Outage();
  let failures = 0;
  while (!signal.aborted) {
    const session = await openSession(client, { pauseMs: pauses.redial, signal });
    const hadSocket = await holdSession(session, { ...task, outage });
    failures = hadSocket ? 0 : failures + 1;
    if (failures >= MAX_SESSIONS)
      throw new SluiceError(
        "transient",
        `Stripe gave ${failures} sessions for pushed events and took a socket of none; run it again later, or set events.mode to poll.`,
      );
    await sleep(pauses.failedDial, undefined, { signal });
  }
}

/** Says once that no socket can be opened, and that one is open again. */
class Outage {
  #isTold = false;

  refused(host: string, { isExpired, reason }: Refusal): void {
    // every session comes to its end, and is followed by another one
    const level = this.#isTold || isExpired ? "debug" : "warn";
    this.#isTold ||= !isExpired;
    log(
      level,
      `The socket for pushed events could not be opened at ${host} (${reason}), and is tried again and again; until then events come by polls. If it stays, have the network let it through, or set events.mode to poll.`,
    );
  }

  opened(): void {
    if (this.#isTold) log("info", "The socket for pushed events is open.");
    this.#isTold = false;
  }
}

type SessionTask = SocketTask & { outage: Outage };

/** Opens one socket after the other until the session has expired; resolves to whether there was any. */
async function holdSession(session: CliSession, task: SessionTask): Promise<boolean> {
  const { pauses, signal, outage } = task;
  let hadSocket = false;
  for (;;) {
    const refusal = await holdSocket(session, task);
    if (refusal === undefined) {
      hadSocket = true;
      await sleep(pauses.redial, undefined, { signal });
      continue;
    }
    if (!signal.aborted) outage.refused(new URL(session.websocket_url).host, refusal);
    if (refusal.isExpired) return hadSocket;
    await sleep(pauses.failedDial, undefined, { signal });
  }
}

/** Resolves when a socket has ended; to why, when it could not be opened. */
async function holdSocket(session: CliSession, task: SessionTask): Promise<Refusal | undefined> {
  const { signal, feed, outage } = task;
  const socket = dial(session, task);
  const { promise, resolve } = Promise.withResolvers<Refusal | undefined>();
  let isOpened = false;
  let reason = "the connection failed";
  socket.on("open", () => {
    isOpened = true;
    keepAlive(socket, task.pauses);
    resetAfter(socket, session.reconnect_delay * 1000);
    outage.opened();
    feed.wantPoll();
  });
  socket.on("message", (data) => {
    if (Buffer.isBuffer(data)) takeFrame(socket, data.toString(), task);
  });
  socket.on("unexpected-response", (_, response) => {
    resolve(refusalOf(response).finally(() => socket.terminate()));
  });
  // what is wrong with it shows in that it closes
  socket.on("error", (error) => (reason = reasonOf(error)));
  socket.on("close", () => resolve(isOpened ? undefined : { isExpired: false, reason }));
  const end = () => socket.terminate();
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", end);
  }
}

function dial(session: CliSession, { pauses, proxy }: SocketTask): WebSocket {
  const url = new URL(session.websocket_url);
  url.searchParams.set("websocket_feature", session.websocket_authorized_feature);
  return new WebSocket(url, SUBPROTOCOL, {
    headers: { ...CLI_HEADERS, "websocket-id": session.websocket_id },
    perMessageDeflate: false,
    handshakeTimeout: pauses.handshake,
    ...(proxy === undefined ? {} : { agent: new HttpsProxyAgent(proxy) }),
  });
}

/** Pings an open socket, and ends it once nothing came over it for too long. */
function keepAlive(socket: WebSocket, pauses: SocketPauses): void {
  const heartbeat = setInterval(() => socket.ping(), pauses.ping);
  const silence = setTimeout(() => socket.terminate(), pauses.silence);
  for (const sign of ["pong", "message"]) socket.on(sign, () => silence.refresh());
  socket.on("close", () => {
    clearInterval(heartbeat);
    clearTimeout(silence);
  });
}

/** Closes an open socket in order after so many milliseconds: the server wants it dialed anew. */
function resetAfter(socket: WebSocket, delayMs: number): void {
  const timer = setTimeout(() => socket.close(NORMAL_CLOSURE, "Resetting the connection"), delayMs);
  socket.on("close", () => clearTimeout(timer));
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
async function refusalOf(response: IncomingMessage): Promise<Refusal> {
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
  const message = body.success ? body.data.error.message : "without a reason";
  return { isExpired: message === UNKNOWN_ID, reason: `${response.statusCode} ${message.slice(0, MAX_REASON_LENGTH)}` };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // no message of the protocol
    return undefined;
  }
}
