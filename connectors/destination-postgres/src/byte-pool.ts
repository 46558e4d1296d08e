/** What is smaller costs the collector nothing worth saving; what is larger is not worth holding on to. */
const [LEAST_BYTES, MOST_BYTES] = [64 * 1024, 16 * 1024 * 1024];
/** A batch that fills and one that is written, of two lanes. */
const MOST_KEPT = 4;

/**
 * Buffers that are used again. Memory outside of the heap makes the garbage collector run: with a new buffer a batch,
 * it ran once for each.
 */
export class BytePool {
  /** The smallest first. */
  readonly #free: Buffer[] = [];

  /** Yields a buffer of at least so many bytes, with anything in it. */
  take(bytes: number): Buffer {
    if (bytes < LEAST_BYTES) return Buffer.allocUnsafe(bytes);
    const index = this.#free.findIndex(({ length }) => length >= bytes);
    const [found] = index === -1 ? [] : this.#free.splice(index, 1);
    return found ?? Buffer.allocUnsafeSlow(bytes);
  }

  /** Takes a buffer back that nobody uses any more. */
  give(buffer: Buffer): void {
    if (buffer.length < LEAST_BYTES || buffer.length > MOST_BYTES) return;
    this.#free.push(buffer);
    this.#free.sort((one, other) => one.length - other.length);
    if (this.#free.length > MOST_KEPT) this.#free.shift();
  }
}
