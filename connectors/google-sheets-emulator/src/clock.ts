/** The emulated service's time: the real one, or one that stands still until it is moved. */
export class Clock {
  readonly #fixedMs: number | undefined;
  #movedMs = 0;

  /** Milliseconds since 1970 at which the clock stands still; the real time when absent. */
  constructor(fixedMs?: number) {
    this.#fixedMs = fixedMs;
  }

  /** Yields milliseconds since 1970. */
  now(): number {
    return (this.#fixedMs ?? Date.now()) + this.#movedMs;
  }

  advance(milliseconds: number): void {
    this.#movedMs += milliseconds;
  }
}
