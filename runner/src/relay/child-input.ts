import type { Writable } from "node:stream";

/**
 * Writes bytes to a child and holds the writer back while the child does not read. A child that has gone is no error
 * here: what is written to it is dropped, because how it ended tells more than that its pipe broke.
 */
export class ChildInput {
  readonly #stream: Writable;
  #isGone = false;
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

  /** Takes bytes; a returned promise resolves when there is room for more, or nobody reads any more. */
  write(bytes: Buffer | string): Promise<void> | undefined {
    if (this.#isGone || this.#stream.write(bytes)) return undefined;
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  end(): void {
    if (!this.#isGone) this.#stream.end();
  }
}
