/** Events for one reader that may be slow or absent: when too many wait, the oldest that may be dropped is. */
export class EventQueue<T> implements AsyncIterable<T> {
  readonly #limit: number;
  readonly #mayDrop: (event: T) => boolean;
  #events: T[] = [];
  #isClosed = false;
  #wake: (() => void) | undefined;

  constructor({ limit, mayDrop }: { limit: number; mayDrop(event: T): boolean }) {
    this.#limit = limit;
    this.#mayDrop = mayDrop;
  }

  push(event: T): void {
    this.#events.push(event);
    if (this.#events.length > this.#limit) {
      const index = this.#events.findIndex((each) => this.#mayDrop(each));
      this.#events.splice(Math.max(0, index), 1);
    }
    this.#wake?.();
  }

  /** Ends the iteration once what waits was read. */
  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const next = this.#events.shift();
      if (next !== undefined) yield next;
      else if (this.#isClosed) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
