/** So many things may be under way at the same time; the others wait for their turn, first come, first served. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** How many slots nobody uses or waits for. */
  get idle(): number {
    return this.#waiting.length > 0 ? 0 : this.#free;
  }

  /** Resolves to what the work resolves to, once it had its turn. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // the slot is handed over, so that nobody who comes now goes first
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
