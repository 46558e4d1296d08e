import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { FastifyInstance } from "fastify";
import { type WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import { ownAccountId } from "../data/own-account.ts";
import { positionToken } from "../data/random.ts";
import { sendJson } from "../http/answer.ts";
import { invalidParameter } from "../http/api-error.ts";
import type { Store } from "../store/store.ts";
import type { PushLog } from "./push-log.ts";
import { signatureOf } from "./signature.ts";
import type { ToldEvent } from "./told-event.ts";

const SESSIONS = "/v1/stripecli/sessions";
const SUBSCRIBE = "/subscribe/";
const SUBPROTOCOL = "stripecli-devproxy-v1";
/** What the real server grants to those who ask for `webhooks`. */
const FEATURE = "webhook-payloads";
const NORMAL_CLOSURE = 1000;

const NewSession = z.looseObject({ device_name: z.string().min(1), websocket_features: z.array(z.string()).min(1) });
const Ack = z.looseObject({
  type: z.literal("event_ack"),
  event_id: z.string(),
  webhook_id: z.string(),
  webhook_conversation_id: z.string(),
});
type Ack = z.infer<typeof Ack>;

type Session = { secret: string };
/** What an acknowledgement has to name, by the conversation. */
type Sent = Map<string, { event: string; webhook: string }>;

/** Sessions of the Stripe CLI, and the sockets over which it is sent events while it holds them. */
export class CliSockets {
  readonly #store: Store;
  readonly #log: PushLog;
  readonly #seed: number;
  readonly #sessions = new Map<string, Session>();
  readonly #sockets = new Map<WebSocket, Session & { sent: Sent }>();
  readonly #server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  #made = 0;
  #conversations = 0;

  constructor(store: Store, { log, seed }: { log: PushLog; seed: number }) {
    this.#store = store;
    this.#log = log;
    this.#seed = seed;
  }

  /** Answers the request for a session, and takes sockets of those who have one. */
  register(app: FastifyInstance): void {
    app.post(SESSIONS, { config: { path: SESSIONS } }, (request, reply) => {
      const asked = NewSession.safeParse(request.body ?? {});
      if (!asked.success)
        throw invalidParameter("device_name", "Missing required param: device_name or websocket_features.");
      return sendJson(reply, 200, this.#open(request.headers.host ?? ""));
    });
    const server: Server = app.server;
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    app.addHook("preClose", async () => this.disconnect("terminate"));
  }

  /** Ends all sockets: in order, or as if the network had failed. */
  disconnect(how: "close" | "terminate"): void {
    for (const socket of this.#sockets.keys()) {
      if (how === "close") socket.close(NORMAL_CLOSURE);
      else socket.terminate();
    }
  }

  /** Forgets all sessions, so that no further socket is opened for one. */
  expire(): void {
    this.#sessions.clear();
  }

  /** Sends an event to all sockets, in the account's version and in the newest. What nobody hears is lost. */
  send(event: ToldEvent): void {
    const newest = this.#store.catalog.api_version;
    for (const [socket, { secret, sent }] of this.#sockets) {
      for (const version of [null, newest]) {
        const payload = JSON.stringify(event.render(version ?? undefined), null, 2);
        this.#conversations += 1;
        const [conversation, webhook] = [`wc_${this.#conversations}`, `wh_${this.#conversations}`];
        sent.set(conversation, { event: event.id, webhook });
        this.#log.sent += 1;
        const frame = {
          type: "webhook_event",
          endpoint: { api_version: version },
          event_payload: payload,
          http_headers: {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signatureOf(payload, { secret, seconds: this.#store.now() }),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
          },
          webhook_conversation_id: conversation,
          webhook_id: webhook,
        };
        socket.send(JSON.stringify(frame));
      }
    }
  }

  #open(host: string) {
    this.#made += 1;
    const token = positionToken(this.#seed ^ 0x5e55, this.#made);
    const id = `cliws_${token}`;
    const secret = `whsec_${token}`;
    this.#sessions.set(id, { secret });
    const { catalog, settings, dataset } = this.#store;
    return {
      reconnect_delay: settings.push.reconnectSeconds,
      secret,
      websocket_authorized_feature: FEATURE,
      websocket_id: id,
      websocket_url: `ws://${host}${SUBSCRIBE}${ownAccountId(dataset.world)}`,
      default_version: settings.eventApiVersion ?? catalog.api_version,
      latest_version: catalog.api_version,
      device_token: "",
      display_connect_filter_warning: false,
    };
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? "/", "http://emulator");
    if (!url.pathname.startsWith(SUBSCRIBE)) return refuse(stream, 404, "Not found.");
    if (url.searchParams.get("websocket_feature") !== FEATURE) return refuse(stream, 400, "Unknown feature.");
    if (request.headers["sec-websocket-protocol"] !== SUBPROTOCOL) return refuse(stream, 400, "Unknown subprotocol.");
    const session = this.#sessions.get(String(request.headers["websocket-id"]));
    if (session === undefined) return refuse(stream, 400, "Unknown WebSocket ID.");
    this.#server.handleUpgrade(request, stream, head, (socket) => this.#take(socket, session));
  }

  #take(socket: WebSocket, session: Session): void {
    const sent: Sent = new Map();
    this.#sockets.set(socket, { ...session, sent });
    socket.on("message", (data) => {
      const ack = Ack.safeParse(parsed(Buffer.isBuffer(data) ? data.toString() : ""));
      if (ack.success) this.#acknowledge(sent, ack.data);
    });
    socket.on("close", () => this.#sockets.delete(socket));
    // a client that broke off is closed as well
    socket.on("error", () => {});
  }

  /** Takes an acknowledgement; passes over one that is not of a frame which was sent over its socket. */
  #acknowledge(sent: Sent, { event_id: event, webhook_id: webhook, webhook_conversation_id: conversation }: Ack): void {
    const frame = sent.get(conversation);
    if (frame?.event !== event || frame.webhook !== webhook) return;
    sent.delete(conversation);
    this.#log.acknowledge(event);
  }
}

function refuse(stream: Duplex, status: number, message: string): void {
  const body = JSON.stringify({ error: { message, type: "invalid_request_error" } });
  const head = `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json\r\nconnection: close\r\n`;
  stream.end(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // what is no message is passed over
    return undefined;
  }
}
