import { setTimeout as sleep } from "node:timers/promises";

/** No budget falls below one request in so many of what it began with, so that it can find out when to grow again. */
const SMALLEST_SHARE = 64;
/** A rate that was halved is whole again after so many answers without a refusal, however high it is. */
const ANSWERS_TO_RECOVER = 200;
/** Refusals of requests that began before the rate was lowered say nothing about the lower one. */
const SAME_REFUSAL_MS = 1000;

/**
 * Lets requests begin at a steady rate: each call of `take` resolves when its turn has come. The rate halves when the
 * other side refuses, and grows again, step by step, with each answer.
 */
export class RequestBudget {
  readonly #most: number;
  #rate: number;
  #nextAtMs = 0;
  #refusedAtMs = Number.NEGATIVE_INFINITY;

  constructor(requestsPerSecond: number) {
    this.#most = requestsPerSecond;
    this.#rate = requestsPerSecond;
  }

  /** Requests a second, as learnt. */
  get rate(): number {
    return this.#rate;
  }

  /** Resolves when a request may begin; rejects when the signal aborts before. */
  async take(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const turn = Math.max(now, this.#nextAtMs);
    this.#nextAtMs = turn + 1000 / this.#rate;
    if (turn > now) await sleep(turn - now, undefined, { signal });
  }

  /** Tells of an answer that was no refusal. */
  answered(): void {
    if (this.#rate < this.#most) this.#rate = Math.min(this.#most, this.#rate + this.#most / ANSWERS_TO_RECOVER);
  }

  /** Tells of a refusal for too many requests. */
  refused(): void {
    const now = performance.now();
    if (now - this.#refusedAtMs < SAME_REFUSAL_MS) return;
    this.#refusedAtMs = now;
    this.#rate = Math.max(this.#most / SMALLEST_SHARE, this.#rate / 2);
  }
}
