/** The emulated account's time: the real one, or one that stands still until it is moved. */
export class Clock {
  readonly #fixed: number | undefined;
  #advanced = 0;

  /** Unix seconds at which the clock stands still; the real time when absent. */
  constructor(fixed?: number) {
    this.#fixed = fixed;
  }

  /** Yields unix seconds. */
  now(): number {
    return (this.#fixed ?? Math.floor(Date.now() / 1000)) + this.#advanced;
  }

  advance(seconds: number): void {
    this.#advanced += seconds;
  }
}
