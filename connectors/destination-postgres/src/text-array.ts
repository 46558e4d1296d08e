import { arrayHeaderBytes, emptyArray, writeArrayHeader } from "./binary-array.ts";
import type { BytePool } from "./byte-pool.ts";

const INITIAL_BYTES = 4096;
const NO_BYTES = Buffer.alloc(0);

/** A text[] in the binary format, so that bytes go to the server as they came: no escaping, no string. Elements are copied in. */
export class TextArray {
  readonly #pool: BytePool;
  #buffer: Buffer;
  #ends: number[] = [];

  constructor(pool: BytePool, initialBytes: number = INITIAL_BYTES) {
    this.#pool = pool;
    this.#buffer = pool.take(Math.max(initialBytes, arrayHeaderBytes));
  }

  get length(): number {
    return this.#ends.length;
  }

  get byteLength(): number {
    return this.#ends.at(-1) ?? arrayHeaderBytes;
  }

  push(element: Buffer): void {
    const start = this.byteLength;
    const end = start + 4 + element.length;
    if (end > this.#buffer.length) this.#grow(end);
    this.#buffer.writeInt32BE(element.length, start);
    element.copy(this.#buffer, start + 4);
    this.#ends.push(end);
  }

  /** Yields the bytes of one element, as a view. */
  at(index: number): Buffer {
    const [start, end] = this.#bounds(index, index + 1);
    return this.#buffer.subarray(start + 4, end);
  }

  /** Yields the elements from `from` up to, not including, `to` as an array of their own. */
  slice(from: number, to: number): TextArray {
    const [start, end] = this.#bounds(from, to);
    const part = new TextArray(this.#pool, arrayHeaderBytes + end - start);
    this.#buffer.copy(part.#buffer, arrayHeaderBytes, start, end);
    part.#ends = this.#ends.slice(from, to).map((position) => position - start + arrayHeaderBytes);
    return part;
  }

  /** Drops the elements from `length` on. */
  truncate(length: number): void {
    this.#ends.length = length;
  }

  /** Yields the parameter to send; a view, so that it must be sent before the next push. */
  toParameter(): Buffer {
    if (this.length === 0) return emptyArray("text");
    writeArrayHeader(this.#buffer, { type: "text", length: this.length });
    return this.#buffer.subarray(0, this.byteLength);
  }

  /** Gives its memory back; it and its views must not be used any more. */
  release(): void {
    this.#pool.give(this.#buffer);
    this.#buffer = NO_BYTES;
    this.#ends = [];
  }

  #bounds(from: number, to: number): [number, number] {
    return [
      from === 0 ? arrayHeaderBytes : (this.#ends[from - 1] ?? arrayHeaderBytes),
      this.#ends[to - 1] ?? arrayHeaderBytes,
    ];
  }

  #grow(needed: number): void {
    const larger = this.#pool.take(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.byteLength);
    this.#pool.give(this.#buffer);
    this.#buffer = larger;
  }
}
