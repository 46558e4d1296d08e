/** The emulated account's time: the real one, or one that stands still until it is moved. */
export class Clock {
  #fixed: number | undefined;
  #moved = 0;

  /** Unix seconds at which the clock stands still; the real time when absent. */
  constructor(fixed?: number) {
    this.#fixed = fixed;
  }

  /** Yields unix seconds. */
  now(): number {
    return (this.#fixed ?? Math.floor(Date.now() / 1000)) + this.#moved;
  }

  advance(seconds: number): void {
    this.#moved += seconds;
  }

  /** Moves the clock to these unix seconds; it goes on running unless it stood still. */
  set(seconds: number): void {
    this.#moved += seconds - this.now();
  }

  /** Makes the clock stand still where it is, or run on from there. */
  hold(isHeld: boolean): void {
    const now = this.now();
    this.#fixed = isHeld ? now : undefined;
    this.#moved = 0;
    this.set(now);
  }
}
