import { SluiceError } from "@sluice/protocol";
import type { Dispatcher } from "undici";
import type { Config } from "./config.ts";
import { dispatcherOf } from "./dispatcher.ts";
import { LentMemory } from "./lent-memory.ts";
import { WholeAnswer, type Answer } from "./whole-answer.ts";

/** What is sent: a GET with its query, or a write with its form. */
export type Sent = {
  method: "GET" | "POST" | "DELETE";
  path: string;
  /** The connected account that it is about; the key's own when absent. */
  account?: string | undefined;
  query: Readonly<Record<string, string | number>>;
  form?: URLSearchParams | undefined;
  /** In place of those that name the version and this program. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Has a write that is sent again done once. */
  idempotencyKey?: string | undefined;
};
/** An answer whose body is to be looked at only until it is disposed of. */
export type Exchange = Answer & Disposable;

/** No answer came, or not all of it. Worth another request. */
export class ConnectionFailure extends Error {
  constructor(cause: unknown) {
    super(reasonOf(cause), { cause });
    this.name = "ConnectionFailure";
  }
}

/** Sends requests to one server over a pool of connections that are kept open, directly or through a proxy. */
export class Connection {
  readonly #config: Config;
  readonly #origin: string;
  readonly #basePath: string;
  readonly #closing = new AbortController();
  readonly #dispatcher: Dispatcher;
  readonly #memory = new LentMemory();

  constructor(config: Config) {
    const { origin, pathname } = new URL(config.base_url);
    this.#config = config;
    this.#origin = origin;
    this.#basePath = pathname.replace(/\/$/, "");
    this.#dispatcher = dispatcherOf(config, { origin, signal: this.#closing.signal });
  }

  /** Resolves to the answer; throws ConnectionFailure, or `config` for a certificate that is not trusted. */
  async send(
    { method, path, account, query, form, headers, idempotencyKey }: Sent,
    signal: AbortSignal,
  ): Promise<Exchange> {
    const receiver = new WholeAnswer(this.#memory.lend(), signal);
    const giveBack = () => this.#memory.takeBack(receiver.memory);
    try {
      const options: Dispatcher.DispatchOptions = {
        origin: this.#origin,
        method,
        path: this.#basePath + path,
        query,
        headers: {
          authorization: `Bearer ${this.#config.api_key}`,
          ...(headers ?? { "stripe-version": this.#config.api_version, "user-agent": "sluice-source-stripe" }),
          ...(account === undefined ? {} : { [accountHeader(path)]: account }),
          ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
          ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
        },
        body: form?.toString() ?? null,
      };
      this.#dispatcher.dispatch(options, receiver);
      return { ...(await receiver.answer), [Symbol.dispose]: giveBack };
    } catch (error) {
      giveBack();
      if (signal.aborted) throw error;
      const tls = tlsCode(error);
      throw tls === undefined ? new ConnectionFailure(error) : untrusted(this.#origin, tls, error);
    }
  }

  /** Ends whatever is under way, also connections that are still being made: they would keep the process. */
  async close(): Promise<void> {
    const destroyed = this.#dispatcher.destroy();
    this.#closing.abort();
    await destroyed;
  }
}

/** Version 2 of the API has a header of its own for the account; see https://docs.stripe.com/api-v2-overview. */
function accountHeader(path: string): string {
  return path.startsWith("/v2/") ? "stripe-context" : "stripe-account";
}

/** Yields the first reason of a failure, for a person. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

/** Yields the code of a failure to trust the server's certificate, however deep among the causes. */
function tlsCode(error: unknown): string | undefined {
  if (error instanceof AggregateError) return tlsCode(error.errors[0]);
  if (!(error instanceof Error)) return undefined;
  const code = "code" in error ? String(error.code) : "";
  return /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ALTNAME/.test(code) ? code : tlsCode(error.cause);
}

function untrusted(origin: string, code: string, cause: unknown): SluiceError {
  return new SluiceError(
    "config",
    `The certificate of ${origin} is not trusted (${code}); check base_url and the proxies on the way, or name the certificate of the authority behind it in NODE_EXTRA_CA_CERTS.`,
    { cause },
  );
}
