import { once } from "node:events";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { request as httpsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";

/** What may happen to one request: refused for a while, failed, never answered, or answered by half of the body. */
export const apiFaults = ["rate_limited", "failed", "silent", "cut"] as const;
export type ApiFault = (typeof apiFaults)[number];

export const RETRY_AFTER_SECONDS = 1;

/** Headers of one connection, which are not for the next one. */
const OF_THE_CONNECTION = ["connection", "keep-alive", "transfer-encoding", "host", "te", "upgrade"];

/** Stands between a source and its API over HTTP, passes on what comes, and does one thing to one request. */
export class ApiProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: URL;
  #armed: { fault: ApiFault; nth: number } | undefined;
  #refused: { request: string; at: number } | undefined;
  /** Requests since the fault was armed. */
  requests = 0;
  /** Whether the fault that was armed last has struck. */
  fired = false;
  /** How soon the request that was refused came again, in milliseconds; undefined while it has not. */
  againAfterMs: number | undefined;

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.#target = target;
  }

  /** Resolves to a proxy on a free port of this machine in front of the API at a URL. */
  static async start(targetUrl: string): Promise<ApiProxy> {
    const server = createServer();
    const proxy = new ApiProxy(server, new URL(targetUrl));
    server.on("request", (request, response) => proxy.#answer(request, response));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return proxy;
  }

  /** The URL that leads to the API through here. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}${this.#target.pathname.replace(/\/$/, "")}`;
  }

  /** Lets the request number `nth` from now on meet a fault, or none. */
  arm(armed?: { fault: ApiFault; nth: number }): void {
    this.#armed = armed;
    this.#refused = undefined;
    this.requests = 0;
    this.fired = false;
    this.againAfterMs = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests += 1;
    const named = `${request.method} ${request.url}`;
    if (this.#refused?.request === named) this.againAfterMs ??= performance.now() - this.#refused.at;
    const fault = this.#armed?.nth === this.requests ? this.#armed.fault : undefined;
    // half of a body only where there is one
    if (fault !== undefined && fault !== "cut") this.fired = true;
    if (fault === "silent") return void request.resume();
    if (fault === "rate_limited" || fault === "failed") {
      this.#refused = { request: named, at: performance.now() };
      request.resume();
      const headers = fault === "failed" ? {} : { "retry-after": String(RETRY_AFTER_SECONDS) };
      response.writeHead(fault === "failed" ? 500 : 429, headers).end();
      return;
    }
    this.#forward(request, response, fault === "cut");
  }

  #forward(request: IncomingMessage, response: ServerResponse, isCut: boolean): void {
    const send = this.#target.protocol === "https:" ? httpsRequest : httpRequest;
    const headers = { ...passedOn(request), host: this.#target.host };
    const url = new URL(request.url ?? "/", this.#target.origin);
    const forwarded = send(url, { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, passedOn(answer));
      const passed = isCut ? this.#half(answer, response) : pipeline(answer, response);
      // an answer that breaks off does so for the source, too
      passed.catch(() => response.destroy());
    });
    // the source learns of it
    forwarded.on("error", () => response.destroy());
    response.on("close", () => forwarded.destroy());
    request.pipe(forwarded);
  }

  async #half(answer: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await answer.toArray());
    if (body.length < 2) return void response.end(body);
    this.fired = true;
    response.write(body.subarray(0, body.length / 2), () => response.destroy());
  }
}

function passedOn({ headers }: IncomingMessage): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.includes(name));
  return Object.fromEntries(kept.filter((entry): entry is [string, string | string[]] => entry[1] !== undefined));
}
