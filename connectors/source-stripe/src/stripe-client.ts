import { createHash, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { SluiceError } from "@sluice/protocol";
import { log } from "@sluice/protocol/stdio";
import { leavesStreamOut, StripeApiError, stripeApiError } from "./api-error.ts";
import type { Owner } from "./account.ts";
import { Budgets } from "./budgets.ts";
import type { Config } from "./config.ts";
import { Connection, ConnectionFailure, reasonOf, type Exchange, type Sent } from "./connection.ts";
import { MalformedPage } from "./malformed-page.ts";
import type { PageFraming, PageItem } from "./object-copier.ts";
import { splitPage, type Page } from "./page.ts";
import type { PageSize } from "./page-size.ts";
import { SharedTurns } from "./shared-turns.ts";

const BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;
const MAX_RETRY_AFTER_MS = 60_000;
/** The first request tells whether the API is there at all, so it gives up sooner. */
const FIRST_ATTEMPTS = 3;
const ATTEMPTS = 7;
const NOTHING = Buffer.alloc(0);
const PLAIN = { head: () => NOTHING, tail: NOTHING, createdField: null };
/** What makes an object's answer a list of one, so that one scan serves for both. */
const LIST_OF_ONE = [Buffer.from('{"data":['), Buffer.from('],"has_more":false}')] as const;

/** A page, and the second of the server's clock before which everything on it had happened. */
export type StampedPage = Page & { asOf: number };
/** One object without white space between its tokens, stamped as a page is. */
export type StampedObject = { bytes: Buffer; item: PageItem; asOf: number };
export type ListRequest = {
  path: string;
  /** The path as the catalog writes it, for which Stripe counts requests; the path itself when absent. */
  endpoint?: string;
  query: Query;
  framing: Framing;
  /** Sets and learns `limit`; absent for a list that has no pages. */
  pageSize?: PageSize;
  /** Where the lines are to stand; fresh memory when absent. */
  memory?: Buffer;
  /** How often it is sent until what may pass counts as failed. */
  attempts?: number;
};
/** What frames the objects of a page, as of a second. */
export type Framing = Omit<PageFraming, "head"> & { head(asOf: number): Buffer };
type Query = Readonly<Record<string, string | number>>;
type ClientOptions = {
  signal: AbortSignal;
  /** The wait before the second try; it doubles with each one. */
  backoffMs?: number;
};
/**
 * A request whose answer is looked at as a whole; `endpoint` is the path as the catalog writes it, `attempts` how often
 * it is sent until what may pass counts as failed.
 */
type SingleRequest = Omit<Sent, "query" | "idempotencyKey"> & { query?: Query; endpoint?: string; attempts?: number };
type Request = Pick<ListRequest, "path" | "endpoint" | "pageSize"> &
  Partial<Pick<Sent, "method" | "form" | "headers" | "idempotencyKey">> & { query: () => Query; attempts: number };
type Attempt = Sent & { endpoint: string };
/** The newest second that the server told, and when, by this machine's clock. */
type Clock = { seconds: number | undefined; toldAtMs: number };
/** What a client has in common with those of connected accounts. */
type Shared = {
  connection: Connection;
  /** Where the budget is shared with other programs, if there is such a place. */
  turns: SharedTurns | undefined;
  budgets: Budgets;
  closing: AbortController;
  signal: AbortSignal;
  clock: Clock;
};

/** Requests to Stripe's API over one pool of connections: rate, retries, and the server's clock. */
export class StripeClient {
  readonly #config: Config;
  readonly #options: ClientOptions;
  readonly #shared: Shared;
  readonly #account: string | undefined;

  constructor(config: Config, options: ClientOptions, connected?: { account: string; shared: Shared }) {
    this.#config = config;
    this.#options = options;
    this.#account = connected?.account;
    this.#shared = connected?.shared ?? sharedBy(config, options);
  }

  /**
   * Yields a client for the data of a connected account. It shares the connections, the clock and the rate with this
   * one, which is to be closed: whether Stripe counts a request for the platform or for the account, no limit is passed.
   */
  ofAccount(account: string): StripeClient {
    return new StripeClient(this.#config, this.#options, { shared: this.#shared, account });
  }

  /** Shares the budget of requests with the other programs that read this account. */
  shareBudget({ account, mode }: Owner): void {
    const key = () => createHash("sha256").update(this.#config.api_key).digest("hex").slice(0, 32);
    this.#shared.budgets.shareAs(`${account ?? key()} ${mode}`);
  }

  /** Tells whether the read is being stopped, so that a failure is only that of a request cut short. */
  get isStopping(): boolean {
    return this.#shared.signal.aborted;
  }

  /** The newest second that the server told; everything before it has happened. Throws `system` before `connect`. */
  get serverSeconds(): number {
    if (this.#shared.clock.seconds !== undefined) return this.#shared.clock.seconds;
    throw new SluiceError("system", "The server's clock is not known; connect first.");
  }

  /** The server's time as it is by now, if its clock went on since it told it; for what need not be exact. */
  get estimatedSeconds(): number {
    return this.serverSeconds + Math.floor((performance.now() - this.#shared.clock.toldAtMs) / 1000);
  }

  /**
   * Resolves once the server has told its time and accepted the key, to whether the key may read events.
   * Throws `auth` for a refused key, `transient` for an API that does not answer, and `config` for another server.
   */
  async connect(): Promise<{ mayReadEvents: boolean }> {
    let mayReadEvents = true;
    try {
      await this.#askForOneEvent(FIRST_ATTEMPTS);
    } catch (error) {
      if (!leavesStreamOut(error)) throw error;
      mayReadEvents = false;
    }
    if (this.#shared.clock.seconds !== undefined) return { mayReadEvents };
    const origin = new URL(this.#config.base_url).origin;
    throw new SluiceError(
      "config",
      `${origin} answers without a Date, which records are versioned by; check base_url.`,
    );
  }

  /** Resolves once the server has told its time anew; throws as `list` does. */
  async askTime(): Promise<void> {
    await this.#askForOneEvent(ATTEMPTS);
  }

  async #askForOneEvent(attempts: number): Promise<void> {
    const read = (body: Buffer) => splitPage(body, { ...PLAIN, head: NOTHING });
    await this.#get({ path: "/v1/events", query: () => ({ limit: 1 }), attempts }, read);
  }

  /** Resolves to one page of a list. Throws StripeApiError, or `transient` when all tries failed. */
  async list({ query, framing, memory, attempts = ATTEMPTS, ...request }: ListRequest): Promise<StampedPage> {
    const asOf = this.serverSeconds;
    const { pageSize } = request;
    const sized = () => (pageSize === undefined ? query : { ...query, limit: pageSize.current });
    return this.#get({ ...request, query: sized, attempts }, (body) => {
      const page = splitPage(body, { ...framing, head: framing.head(asOf) }, memory);
      if (page.hasMore && page.items.length === 0)
        throw new MalformedPage("more announced, nothing given", body.length);
      return { ...page, asOf };
    });
  }

  /** Resolves to one object; throws as `list` does. `endpoint` is the path as the catalog writes it. */
  async retrieve({
    path,
    endpoint,
    query = {},
  }: {
    path: string;
    endpoint: string;
    query?: Query;
  }): Promise<StampedObject> {
    const asOf = this.serverSeconds;
    return this.#get({ path, endpoint, query: () => query, attempts: ATTEMPTS }, (body) => {
      const list = Buffer.concat([LIST_OF_ONE[0], body, LIST_OF_ONE[1]]);
      const { lines, items } = splitPage(list, { ...PLAIN, head: NOTHING });
      const [item] = items;
      if (item === undefined || items.length > 1) throw new MalformedPage("not one object", 0);
      return { bytes: lines, item, asOf };
    });
  }

  /**
   * Resolves to the parsed answer of a single request, such as a write; throws as `list` does. A write that is sent again
   * is done once.
   */
  async send({ query = {}, attempts = ATTEMPTS, ...sent }: SingleRequest): Promise<unknown> {
    const idempotencyKey = sent.method === "POST" ? randomUUID() : undefined;
    return this.#get({ ...sent, idempotencyKey, query: () => query, attempts }, parsedAnswer);
  }

  /** Ends whatever is under way, also what waits for its next try. */
  async close(): Promise<void> {
    this.#shared.closing.abort();
    this.#shared.turns?.close();
    await this.#shared.connection.close();
  }

  /** Resolves to what `read` makes of a successful answer; an answer that it finds malformed is asked for again. */
  async #get<T>(request: Request, read: (body: Buffer) => T): Promise<T> {
    const { method = "GET", path, endpoint = path, attempts, pageSize } = request;
    const { form, headers, idempotencyKey } = request;
    const account = this.#account;
    const what = account === undefined ? `${method} ${path}` : `${method} ${path} of ${account}`;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#shared.budgets.take(endpoint, this.#shared.signal);
        const query = request.query();
        const result = await this.#request(
          { method, path, account, endpoint, form, headers, idempotencyKey, query },
          read,
        );
        pageSize?.succeeded();
        return result;
      } catch (error) {
        if (this.#shared.signal.aborted || !isRetryable(error)) throw error;
        if (isOverburdened(error)) pageSize?.failed();
        if (attempt >= attempts) throw exhausted(error, { what, attempts, config: this.#config });
        const delayMs = this.#delayMs(attempt, error);
        const next = `try ${attempt + 1} of ${attempts} in ${Math.round(delayMs)} ms`;
        log("warn", `${what} failed (${reasonOf(error)}); ${next}.`);
        await sleep(delayMs, undefined, { signal: this.#shared.signal });
      }
    }
  }

  /** Doubled with each try, 50 to 100 % of it; the server's own wish comes first. */
  #delayMs(attempt: number, error: unknown): number {
    if (error instanceof StripeApiError && error.retryAfterMs !== undefined)
      return Math.min(error.retryAfterMs, MAX_RETRY_AFTER_MS);
    return (
      Math.min((this.#options.backoffMs ?? BACKOFF_MS) * 2 ** (attempt - 1), MAX_BACKOFF_MS) * (0.5 + Math.random() / 2)
    );
  }

  async #request<T>({ endpoint, ...sent }: Attempt, read: (body: Buffer) => T): Promise<T> {
    const { method, path, account, query } = sent;
    const startedAt = performance.now();
    using exchange = await this.#shared.connection.send(sent, this.#shared.signal);
    const { statusCode, headers, bytes } = exchange;
    const requestId = header(headers, "request-id");
    const tookMs = Math.round(performance.now() - startedAt);
    log(
      "debug",
      `${method} ${path} ${JSON.stringify(query)}: ${statusCode}, ${requestId ?? "no request id"}, ${bytes.length} bytes, ${tookMs} ms`,
    );
    const dateMs = Date.parse(header(headers, "date") ?? "");
    const dateSeconds = Number.isNaN(dateMs) ? undefined : Math.floor(dateMs / 1000);
    if (statusCode >= 200 && statusCode < 300) {
      this.#shared.budgets.answered(endpoint);
      const result = read(bytes);
      // a body that is cut may have been on its way for long
      this.#setClock(dateSeconds);
      return result;
    }
    // a refusal tells the time as well as an answer does
    this.#setClock(dateSeconds);
    const error = stripeApiError({
      method,
      path,
      account,
      status: statusCode,
      requestId,
      shouldRetry: header(headers, "stripe-should-retry"),
      retryAfterMs: retryAfterMs(header(headers, "retry-after")),
      body: bytes.toString(),
    });
    if (error.code === "rate_limit") this.#slowDown(endpoint, header(headers, "stripe-rate-limited-reason"), error);
    throw error;
  }

  #slowDown(endpoint: string, reason: string | undefined, { stripeCode: code }: StripeApiError): void {
    this.#shared.budgets.refused(endpoint, { reason, code });
    const rates = this.#shared.budgets.rates(endpoint);
    log(
      "debug",
      `Stripe refused a request to ${endpoint} (${reason ?? code ?? "no reason"}): ${rates.endpoint.toFixed(1)} a second to it from now on, ${rates.account.toFixed(1)} in all`,
    );
  }

  #setClock(seconds: number | undefined): void {
    if (seconds === undefined || seconds < (this.#shared.clock.seconds ?? 0)) return;
    if (seconds !== this.#shared.clock.seconds) this.#shared.clock.toldAtMs = performance.now();
    this.#shared.clock.seconds = seconds;
  }
}

function sharedBy(config: Config, { signal }: ClientOptions): Shared {
  const closing = new AbortController();
  const turns = SharedTurns.ofEnvironment();
  return {
    connection: new Connection(config),
    turns,
    budgets: new Budgets(config, turns),
    closing,
    signal: AbortSignal.any([signal, closing.signal]),
    clock: { seconds: undefined, toldAtMs: 0 },
  };
}

function isRetryable(error: unknown): boolean {
  if (error instanceof StripeApiError) return error.reaction === "retry";
  return error instanceof MalformedPage || error instanceof ConnectionFailure;
}

/** Tells whether a smaller page may help: the server broke down or did not come to an end. */
function isOverburdened(error: unknown): boolean {
  if (error instanceof StripeApiError) return error.status >= 500;
  return error instanceof ConnectionFailure;
}

function exhausted(
  error: unknown,
  { what, attempts, config }: { what: string; attempts: number; config: Config },
): SluiceError {
  if (error instanceof StripeApiError) return error;
  const howOften = attempts === 1 ? "failed" : `failed ${attempts} times, last`;
  return new SluiceError(
    "transient",
    `${what} of ${new URL(config.base_url).origin} ${howOften} because: ${reasonOf(error)}; check base_url${proxyOf(config)} and the network, then run it again.`,
    {
      cause: error,
    },
  );
}

/** Yields the proxy for a person, without its user and password. */
function proxyOf({ proxy }: Config): string {
  return proxy === undefined ? "" : `, the proxy ${new URL(proxy).host}`;
}

/** Yields the value of an answer; throws MalformedPage for one that is cut or no JSON. */
function parsedAnswer(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    // cut, or not of Stripe
    throw new MalformedPage("no JSON", body.length);
  }
}

function header(headers: Exchange["headers"], name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function retryAfterMs(value: string | undefined): number | undefined {
  const seconds = Number(value);
  return value === undefined || Number.isNaN(seconds) ? undefined : seconds * 1000;
}
