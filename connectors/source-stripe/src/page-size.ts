/** Stripe's own advice for pages that it cannot put together in time. */
const SIZES = [100, 50, 25, 10];
/** One failure is an accident, two in a row are not. */
const FAILURES_TO_SHRINK = 2;
const SUCCESSES_TO_GROW = 10;

/** How many objects to ask for at once: fewer after repeated failures of the server, more again when it does well. */
export class PageSize {
  readonly #sizes: readonly number[];
  #step = 0;
  #failures = 0;
  #successes = 0;

  /** `most` is the largest page that the list allows. */
  constructor(most: number) {
    this.#sizes = [most, ...SIZES.filter((size) => size < most)];
  }

  get current(): number {
    return this.#sizes[this.#step] ?? 1;
  }

  failed(): void {
    this.#successes = 0;
    this.#failures += 1;
    if (this.#failures < FAILURES_TO_SHRINK) return;
    this.#failures = 0;
    this.#step = Math.min(this.#step + 1, this.#sizes.length - 1);
  }

  succeeded(): void {
    this.#failures = 0;
    if (this.#step === 0) return;
    this.#successes += 1;
    if (this.#successes < SUCCESSES_TO_GROW) return;
    this.#successes = 0;
    this.#step -= 1;
  }
}
