import type { Writable } from "node:stream";

/**
 * Writes bytes to a child and holds the writer back while the child does not read. A child that has gone is no error
 * here: what is written to it is dropped, because how it ended tells more than that its pipe broke.
 */
export class ChildInput {
  readonly #stream: Writable;
  #isGone = false;
  #gathered: Buffer[] = [];
  #resume: (() => void) | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
    const go = () => this.#resume?.();
    const gone = () => {
      this.#isGone = true;
      go();
    };
    // a closed pipe never drains
    stream.on("drain", go).on("error", gone).on("close", gone);
  }

  /** Tells whether it has not taken yet what was written. */
  get isFull(): boolean {
    return !this.#isGone && this.#stream.writableNeedDrain;
  }

  /** Takes bytes that are to be written with the next flush. */
  add(bytes: Buffer): void {
    this.#gathered.push(bytes);
  }

  /** Writes what was gathered at once; a returned promise resolves when there is room for more, or nobody reads any more. */
  flush(): Promise<void> | undefined {
    const gathered = this.#gathered;
    if (gathered.length === 0) return undefined;
    this.#gathered = [];
    if (this.#isGone) return undefined;
    // one call into the system for all of them
    this.#stream.cork();
    for (const bytes of gathered) this.#stream.write(bytes);
    this.#stream.uncork();
    if (!this.#stream.writableNeedDrain) return undefined;
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  end(): void {
    if (!this.#isGone) this.#stream.end();
  }
}
