import type { FastifyInstance, FastifyReply } from "fastify";
import { Places } from "../places.ts";
import { leavingOf } from "./leaving.ts";

/** Each has up to two programs running. */
const MAX_AT_ONCE = 8;
const WAIT_MS = 10_000;

/**
 * What requests have connectors do, each in a program of its own: so many at a time, whoever asks, and none that the end of
 * the server has to wait for. The engine, whose requests may take hours, has places of its own.
 */
export class ConnectorWork {
  readonly #places = new Places({ of: "requests that ask connectors", count: MAX_AT_ONCE, waitMs: WAIT_MS });
  readonly #closing = new AbortController();

  constructor(app: FastifyInstance) {
    app.addHook("preClose", async () => this.#closing.abort());
  }

  /** Resolves to what the work does, which is stopped when whoever asked goes away. Throws `rate_limit` when no place comes free in time. */
  untilLeft<T>(reply: FastifyReply, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#carryOut(AbortSignal.any([this.#closing.signal, leavingOf(reply)]), work);
  }

  /** The same for a change that is better made to the end, whoever hears of it. */
  toTheEnd<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#carryOut(this.#closing.signal, work);
  }

  async #carryOut<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    using _ = await this.#places.take(signal);
    return await work(signal);
  }
}
