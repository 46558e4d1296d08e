import { setTimeout as sleep } from "node:timers/promises";
import { SluiceError } from "@sluice/protocol";
import { log } from "@sluice/protocol/stdio";
import { Pool, type Dispatcher } from "undici";
import { StripeApiError, stripeApiError } from "./api-error.ts";
import type { Config } from "./config.ts";
import { MalformedPage, splitPage, type Page, type PageFraming } from "./page.ts";
import { RequestBudget } from "./request-budget.ts";

const BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;
const MAX_RETRY_AFTER_MS = 60_000;
const LIVE_REQUESTS_PER_SECOND = 80;
const SANDBOX_REQUESTS_PER_SECOND = 20;
/** The first request tells whether the API is there at all, so it gives up sooner. */
const FIRST_ATTEMPTS = 3;
const ATTEMPTS = 7;

/** A page, and the second of the server's clock before which everything on it had happened. */
export type StampedPage = Page & { asOf: number };
type ClientOptions = {
  signal: AbortSignal;
  /** The wait before the second try; it doubles with each one. */
  backoffMs?: number;
};
type Query = Record<string, string | number>;
type Exchange = Pick<Dispatcher.ResponseData, "statusCode" | "headers"> & { bytes: Buffer };
type Answer = { body: Buffer; dateSeconds: number | undefined };

/** No answer came, or not all of it. Worth another request. */
class ConnectionFailure extends Error {
  constructor(cause: unknown) {
    super(reasonOf(cause), { cause });
    this.name = "ConnectionFailure";
  }
}

/** GETs of Stripe's API over one pool of connections: rate, retries, and the server's clock. */
export class StripeClient {
  readonly #config: Config;
  readonly #backoffMs: number;
  readonly #pool: Pool;
  readonly #budget: RequestBudget;
  readonly #closing = new AbortController();
  readonly #signal: AbortSignal;
  #serverSeconds: number | undefined;

  constructor(config: Config, { signal, backoffMs = BACKOFF_MS }: ClientOptions) {
    this.#config = config;
    this.#backoffMs = backoffMs;
    this.#signal = AbortSignal.any([signal, this.#closing.signal]);
    this.#budget = new RequestBudget(
      config.max_requests_per_second ??
        (/^.._live_/.test(config.api_key) ? LIVE_REQUESTS_PER_SECOND : SANDBOX_REQUESTS_PER_SECOND),
    );
    this.#pool = new Pool(new URL(config.base_url).origin, {
      connections: config.concurrency,
      headersTimeout: config.request_timeout_ms,
      bodyTimeout: config.request_timeout_ms,
      connect: { timeout: Math.min(config.request_timeout_ms, 10_000) },
    });
  }

  /** Tells whether the read is being stopped, so that a failure is only that of a request cut short. */
  get isStopping(): boolean {
    return this.#signal.aborted;
  }

  /**
   * Resolves once the server has told its time and accepted the key; a key that may not read events will do.
   * Throws `auth` for a refused key, `transient` for an API that does not answer, and `config` for another server.
   */
  async connect(): Promise<void> {
    try {
      const nothing = Buffer.alloc(0);
      const framing = { head: nothing, tail: nothing, createdField: null };
      const read = (body: Buffer) => splitPage(body, framing);
      await this.#get("/v1/events", { limit: 1 }, { attempts: FIRST_ATTEMPTS, read });
    } catch (error) {
      if (!(error instanceof StripeApiError) || error.reaction !== "skip") throw error;
    }
    if (this.#serverSeconds !== undefined) return;
    const origin = new URL(this.#config.base_url).origin;
    throw new SluiceError(
      "config",
      `${origin} answers without a Date, which records are versioned by; check base_url.`,
    );
  }

  /** Resolves to one page of a list. Throws StripeApiError, or `transient` when all tries failed. */
  async list(
    path: string,
    query: Query,
    framing: Omit<PageFraming, "head"> & { head(asOf: number): Buffer },
  ): Promise<StampedPage> {
    const asOf = this.#serverSeconds;
    if (asOf === undefined) throw new SluiceError("system", "The server's clock is not known; connect first.");
    return this.#get(path, query, {
      attempts: ATTEMPTS,
      read: (body) => {
        const page = splitPage(body, { ...framing, head: framing.head(asOf) });
        if (page.hasMore && page.items.length === 0)
          throw new MalformedPage("more announced, nothing given", body.length);
        return { ...page, asOf };
      },
    });
  }

  /** Ends whatever is under way, also what waits for its next try. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#pool.destroy();
  }

  /** Resolves to what `read` makes of a successful answer; an answer that it finds malformed is asked for again. */
  async #get<T>(path: string, query: Query, options: { attempts: number; read(body: Buffer): T }): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#budget.take(this.#signal);
        const { body, dateSeconds } = await this.#request(path, query);
        const result = options.read(body);
        this.#setClock(dateSeconds);
        return result;
      } catch (error) {
        if (this.#signal.aborted || !isRetryable(error)) throw error;
        if (attempt >= options.attempts)
          throw exhausted(error, { path, attempts: attempt, baseUrl: this.#config.base_url });
        const delayMs = this.#delayMs(attempt, error);
        log(
          "warn",
          `GET ${path} failed (${reasonOf(error)}); try ${attempt + 1} of ${options.attempts} in ${Math.round(delayMs)} ms.`,
        );
        await sleep(delayMs, undefined, { signal: this.#signal });
      }
    }
  }

  /** Doubled with each try, 50 to 100 % of it; the server's own wish comes first. */
  #delayMs(attempt: number, error: unknown): number {
    if (error instanceof StripeApiError && error.retryAfterMs !== undefined)
      return Math.min(error.retryAfterMs, MAX_RETRY_AFTER_MS);
    return Math.min(this.#backoffMs * 2 ** (attempt - 1), MAX_BACKOFF_MS) * (0.5 + Math.random() / 2);
  }

  async #request(path: string, query: Query): Promise<Answer> {
    const startedAt = performance.now();
    const { statusCode, headers, bytes } = await this.#exchange(path, query);
    const requestId = header(headers, "request-id");
    const tookMs = Math.round(performance.now() - startedAt);
    log(
      "debug",
      `GET ${path} ${JSON.stringify(query)}: ${statusCode}, ${requestId ?? "no request id"}, ${bytes.length} bytes, ${tookMs} ms`,
    );
    const dateMs = Date.parse(header(headers, "date") ?? "");
    const dateSeconds = Number.isNaN(dateMs) ? undefined : Math.floor(dateMs / 1000);
    if (statusCode >= 200 && statusCode < 300) return { body: bytes, dateSeconds };
    // a refusal tells the time as well as an answer does
    this.#setClock(dateSeconds);
    throw stripeApiError({
      path,
      status: statusCode,
      requestId,
      shouldRetry: header(headers, "stripe-should-retry"),
      retryAfterMs: retryAfterMs(header(headers, "retry-after")),
      body: bytes.toString(),
    });
  }

  async #exchange(path: string, query: Query): Promise<Exchange> {
    const basePath = new URL(this.#config.base_url).pathname.replace(/\/$/, "");
    try {
      const { statusCode, headers, body } = await this.#pool.request({
        method: "GET",
        path: basePath + path,
        query,
        signal: this.#signal,
        headers: {
          authorization: `Bearer ${this.#config.api_key}`,
          "stripe-version": this.#config.api_version,
          "user-agent": "sluice-source-stripe",
        },
      });
      return { statusCode, headers, bytes: Buffer.from(await body.arrayBuffer()) };
    } catch (error) {
      throw this.#signal.aborted ? error : new ConnectionFailure(error);
    }
  }

  #setClock(seconds: number | undefined): void {
    if (seconds !== undefined) this.#serverSeconds = Math.max(this.#serverSeconds ?? 0, seconds);
  }
}

function isRetryable(error: unknown): boolean {
  if (error instanceof StripeApiError) return error.reaction === "retry";
  return error instanceof MalformedPage || error instanceof ConnectionFailure;
}

function exhausted(
  error: unknown,
  { path, attempts, baseUrl }: { path: string; attempts: number; baseUrl: string },
): SluiceError {
  if (error instanceof StripeApiError) return error;
  return new SluiceError(
    "transient",
    `GET ${path} of ${new URL(baseUrl).origin} failed ${attempts} times, last because: ${reasonOf(error)}; check base_url and the network, then run it again.`,
    {
      cause: error,
    },
  );
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

function header(headers: Dispatcher.ResponseData["headers"], name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function retryAfterMs(value: string | undefined): number | undefined {
  const seconds = Number(value);
  return value === undefined || Number.isNaN(seconds) ? undefined : seconds * 1000;
}
