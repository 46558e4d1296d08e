import { SluiceError } from "@sluice/protocol";

type PlacesOptions = {
  /** What holds a place, in the plural: "questions". */
  of: string;
  count: number;
  /** For how long one is waited for; not at all when left out. */
  waitMs?: number;
};

/** Lets so many of something go on at a time, first come, first served. */
export class Places {
  readonly #options: Required<PlacesOptions>;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor({ of, count, waitMs = 0 }: PlacesOptions) {
    this.#options = { of, count, waitMs };
  }

  /** Resolves to a place, held until it is disposed of. Throws `rate_limit` when none comes in time, and when nobody waits any more. */
  async take(signal?: AbortSignal): Promise<Disposable> {
    if (this.#taken >= this.#options.count) await this.#turn(signal);
    else this.#taken += 1;
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.#free();
        isHeld = false;
      },
    };
  }

  /** A place that becomes free goes from one to the next, so that nobody can come in between. */
  #free(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#taken -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    const { of, count, waitMs } = this.#options;
    const full = new SluiceError(
      "rate_limit",
      `${count} ${of} are under way, which is as many as may be; try again later.`,
    );
    if (waitMs === 0 || signal?.aborted === true) throw full;
    const turn = Promise.withResolvers<void>();
    const leave = () => {
      this.#waiting.delete(turn.resolve);
      turn.reject(full);
    };
    const timer = setTimeout(leave, waitMs);
    signal?.addEventListener("abort", leave);
    this.#waiting.add(turn.resolve);
    try {
      await turn.promise;
    } finally {
      signal?.removeEventListener("abort", leave);
      clearTimeout(timer);
    }
  }
}
