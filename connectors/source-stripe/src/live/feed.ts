import type { StripeEvent } from "../events/event.ts";

/** As much of pushed events may wait in memory of which nobody waits for the durability; polls show the others. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * A pushed event, or undefined for one that this read has no use for, the connected account that it is of, and the number
 * of the input that it came by, if its durability is to be told.
 */
export type Arrival = { event: StripeEvent | undefined; account: string | undefined; input: number | undefined };

/** Where pushed events wait for the read, and what wakes it. */
export class Feed {
  #arrivals: Arrival[] = [];
  #bytes = 0;
  #isPollWanted = false;
  #wake: (() => void) | undefined;

  /** Takes what was pushed. Where too much waits, one without an input is dropped, and left to a poll. */
  add(arrival: Arrival): void {
    const { event, input } = arrival;
    const bytes = (event?.object.length ?? 0) + (event?.previous?.length ?? 0);
    if (input === undefined && this.#bytes + bytes > MOST_BYTES) {
      this.wantPoll();
      return;
    }
    this.#bytes += bytes;
    this.#arrivals.push(arrival);
    this.#wake?.();
  }

  /** Says that events may have been missed, so that they are to be asked for at once. */
  wantPoll(): void {
    this.#isPollWanted = true;
    this.#wake?.();
  }

  /** Resolves when there is something to do, when so many milliseconds are over, or when the signal aborts. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#hasWork || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    const timer = setTimeout(wake, Math.max(0, ms));
    signal.addEventListener("abort", wake);
    this.#wake = wake;
    await promise;
    clearTimeout(timer);
    signal.removeEventListener("abort", wake);
    this.#wake = undefined;
  }

  /** Yields what came since, and whether events are to be asked for. */
  take(): { arrivals: Arrival[]; isPollWanted: boolean } {
    const taken = { arrivals: this.#arrivals, isPollWanted: this.#isPollWanted };
    this.#arrivals = [];
    this.#bytes = 0;
    this.#isPollWanted = false;
    return taken;
  }

  get #hasWork(): boolean {
    return this.#arrivals.length > 0 || this.#isPollWanted;
  }
}
