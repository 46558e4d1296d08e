import { setTimeout as sleep } from "node:timers/promises";

const MINUTE_MS = 60_000;

/** The time of a process in milliseconds, and how it waits. */
export type Timing = { now(): number; sleep(milliseconds: number, signal: AbortSignal): Promise<void> };

const realTiming: Timing = {
  now: () => performance.now(),
  sleep: async (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
};

/**
 * Holds requests back so that in no minute, wherever it begins, more than so many reach the service. A request reaches it
 * at the latest when it is answered, so each counts for a minute from its answer.
 */
export class RequestWindow {
  readonly #perMinute: number;
  readonly #timing: Timing;
  #answered: number[] = [];
  #running = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(perMinute: number, timing: Timing = realTiming) {
    this.#perMinute = perMinute;
    this.#timing = timing;
  }

  /** Runs a request when there is room for it; rejects when the signal aborts before. */
  async run<T>(send: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const turn = this.#turn.then(() => this.#admit(signal));
    // whoever waits behind goes on when this one gives up
    this.#turn = turn.catch(() => {});
    await turn;
    try {
      return await send();
    } finally {
      this.#running -= 1;
      this.#answered.push(this.#timing.now());
    }
  }

  async #admit(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const now = this.#timing.now();
      this.#answered = this.#answered.filter((time) => time > now - MINUTE_MS);
      if (this.#answered.length + this.#running < this.#perMinute) break;
      const oldest = this.#answered[0];
      // with all of them under way the next answer is waited for
      await this.#timing.sleep(oldest === undefined ? 50 : oldest + MINUTE_MS - now + 1, signal);
    }
    this.#running += 1;
  }
}
