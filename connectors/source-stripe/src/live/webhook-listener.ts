import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode, SluiceError } from "@sluice/protocol";
import { log } from "@sluice/protocol/stdio";
import { BodyReader } from "./body-reader.ts";
import { RareWarning } from "./rare-warning.ts";

/** So many may wait to become durable; Stripe sends the others again later. */
const MAX_WAITING = 1000;
/** Those that wait have one each, and there is room to tell others that they are too many. */
const MAX_CONNECTIONS = 2 * MAX_WAITING;
/** Stripe gives up on an answer that takes longer, and sends the event again. */
const ANSWER_WITHIN_MS = 20_000;
const TAKEN_AGAIN_MS = 100;

/** What is answered to a pushed event: 2xx only when it is durable. */
export type PushAnswer = { status: 200 | 400 } | { durable: Promise<void> };
export type ListenerOptions = {
  listen: string;
  /** An address that is taken is tried again for so many milliseconds: whoever had it before may be about to end. */
  takenForMs: number;
  /** How many wait to become durable. */
  waiting(): number;
  accept(body: Buffer, signature: string | undefined): PushAnswer;
  signal: AbortSignal;
};

/** Takes webhooks until the signal aborts; resolves once it listens. Throws `config` for an address that cannot be had. */
export async function listenForWebhooks(options: ListenerOptions): Promise<AsyncDisposable & { port: number }> {
  const bodies = new BodyReader();
  const failures = new RareWarning();
  const server = createServer({ requestTimeout: ANSWER_WITHIN_MS }, (request, response) => {
    answer(request, response, { ...options, bodies }).catch((error: unknown) => {
      failures.tell(`A webhook was not taken: ${error instanceof Error ? error.message : String(error)}`);
      if (!response.headersSent) respond(response, 500);
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  await bind(server, options);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  log("info", `Webhooks are taken at ${options.listen.replace(/\d+$/, String(port))}.`);
  const close = async () => {
    server.close();
    server.closeAllConnections();
  };
  return { port, [Symbol.asyncDispose]: close };
}

async function bind(server: Server, { listen, takenForMs, signal }: ListenerOptions): Promise<void> {
  const deadline = performance.now() + takenForMs;
  for (let tries = 1; ; tries += 1) {
    try {
      server.listen(addressOf(listen));
      await once(server, "listening");
      return;
    } catch (error) {
      const isTaken = errorCode(error) === "EADDRINUSE";
      if (!isTaken || performance.now() > deadline) {
        const reason = error instanceof Error ? error.message : String(error);
        const remedy = isTaken
          ? "end the program that listens there, or correct webhook.listen"
          : "correct webhook.listen";
        const message = `Webhooks cannot be taken at ${listen} (${reason}); ${remedy}.`;
        throw new SluiceError("config", message, { cause: error });
      }
      if (tries === 1)
        log(
          "warn",
          `Another program listens at ${listen}, perhaps a run that is about to end; it is tried again for ${takenForMs / 1000} s.`,
        );
    }
    await sleep(TAKEN_AGAIN_MS, undefined, { signal });
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { waiting, accept, signal, bodies }: ListenerOptions & { bodies: BodyReader },
): Promise<void> {
  if (request.method !== "POST") return respond(response, 405);
  // its sender tries again, and by then there may be room
  const refuse = () => respond(response, 503, { "retry-after": "5" });
  if (waiting() >= MAX_WAITING) return refuse();
  const body = await bodies.read(request);
  if (body === "too_long") return respond(response, 413);
  // many may have been read at the same time
  if (body === "no_room" || waiting() >= MAX_WAITING) return refuse();
  const header = request.headers["stripe-signature"];
  const verdict = accept(body, Array.isArray(header) ? header.join(",") : header);
  if ("status" in verdict) return respond(response, verdict.status);
  const isDurable = await Promise.race([verdict.durable.then(() => true), over(signal)]);
  respond(response, isDurable ? 200 : 503);
}

/** Resolves to false when the read ends, or when it takes too long. */
function over(signal: AbortSignal): Promise<false> {
  const { promise, resolve } = Promise.withResolvers<false>();
  const ended = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
  if (ended.aborted) resolve(false);
  else ended.addEventListener("abort", () => resolve(false), { once: true });
  return promise;
}

function respond(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  const isOk = status < 300;
  response.writeHead(status, { ...headers, ...(isOk ? {} : { connection: "close" }) }).end();
}

function addressOf(listen: string): { host: string; port: number } {
  const { hostname, port } = new URL(`http://${listen}`);
  return { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port === "" ? 80 : port) };
}
