import { setTimeout as sleep } from "node:timers/promises";
import { CLOSELY_FOR_MS, SECOND_IS_OVER_MS } from "../live/pace.ts";

/** Which account is to be visited next: one that something was pushed of, or the next of a pass through all of them. */
export class VisitQueue {
  readonly #ids: () => readonly string[];
  readonly #everyMs: number;
  /** Accounts that something was pushed of, and when they are to be visited. */
  readonly #woken = new Map<string, number>();
  readonly #busy = new Set<string>();
  #pass: string[] = [];
  #passAtMs: number;
  #closelyUntilMs = 0;
  #changed = Promise.withResolvers<void>();

  /** A pass through the accounts begins so many milliseconds behind the beginning of the last one, or behind its end. */
  constructor(ids: () => readonly string[], everyMs: number) {
    this.#ids = ids;
    this.#everyMs = everyMs;
    this.#passAtMs = performance.now() + everyMs;
  }

  /** Has an account visited once so many milliseconds are over. */
  wake(account: string, inMs: number): void {
    const atMs = performance.now() + inMs;
    this.#woken.set(account, Math.min(atMs, this.#woken.get(account) ?? Infinity));
    this.#change();
  }

  /** Has all accounts visited now, and closely for a while: what happened in a gap between pushes may be visible late. */
  wakeAll(): void {
    this.#passAtMs = performance.now();
    this.#closelyUntilMs = this.#passAtMs + CLOSELY_FOR_MS;
    this.#change();
  }

  /** Resolves to the account whose turn it is; rejects when the signal aborts. It has no other turn before `leave`. */
  async next(signal: AbortSignal): Promise<string> {
    for (;;) {
      signal.throwIfAborted();
      const account = this.#take();
      if (account !== undefined) return account;
      await this.#untilChange(signal);
    }
  }

  /** Says that a visit is over. */
  leave(account: string): void {
    this.#busy.delete(account);
    this.#change();
  }

  #take(): string | undefined {
    const nowMs = performance.now();
    if (this.#pass.length === 0 && nowMs >= this.#passAtMs) {
      this.#pass = this.#ids().toReversed();
      this.#passAtMs = nowMs + (nowMs < this.#closelyUntilMs ? SECOND_IS_OVER_MS : this.#everyMs);
    }
    const woken = [...this.#woken].find(([id, atMs]) => atMs <= nowMs && !this.#busy.has(id))?.[0];
    const account = woken ?? this.#nextOfPass();
    if (account === undefined) return undefined;
    this.#woken.delete(account);
    this.#busy.add(account);
    return account;
  }

  /** One that is just being visited needs no other visit in this pass. */
  #nextOfPass(): string | undefined {
    for (;;) {
      const account = this.#pass.pop();
      if (account === undefined || !this.#busy.has(account)) return account;
    }
  }

  /** Resolves when something has changed, or the time has come for something. */
  async #untilChange(signal: AbortSignal): Promise<void> {
    const times = [...this.#woken].filter(([id]) => !this.#busy.has(id)).map(([, atMs]) => atMs);
    const atMs = Math.min(this.#passAtMs, ...times);
    const over = new AbortController();
    const waiting = AbortSignal.any([signal, over.signal]);
    const time = sleep(Math.max(0, atMs - performance.now()), undefined, { signal: waiting });
    try {
      await Promise.race([this.#changed.promise, time]);
    } finally {
      // not awaited: it is of no use any more
      time.catch(() => {});
      over.abort();
    }
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
