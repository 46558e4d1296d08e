import { setTimeout as sleep } from "node:timers/promises";

/** Lets requests begin at a steady rate: each call resolves when its turn has come. */
export class RequestBudget {
  readonly #intervalMs: number;
  #nextAtMs = 0;

  constructor(requestsPerSecond: number) {
    this.#intervalMs = 1000 / requestsPerSecond;
  }

  /** Resolves when a request may begin; rejects when the signal aborts before. */
  async take(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const turn = Math.max(now, this.#nextAtMs);
    this.#nextAtMs = turn + this.#intervalMs;
    if (turn > now) await sleep(turn - now, undefined, { signal });
  }
}
