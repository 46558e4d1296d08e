const TEXT_OID = 25;
const HEADER_BYTES = 20;
const INITIAL_BYTES = 64 * 1024;

/**
 * A text[] in the binary format of the wire protocol, so that bytes go to the server as they came: no escaping, no
 * string. Elements are copied in.
 * Format: array_send and textsend in PostgreSQL's src/backend/utils/adt (arrayfuncs.c, varlena.c).
 */
export class TextArray {
  #buffer: Buffer;
  #ends: number[] = [];

  constructor(initialBytes: number = INITIAL_BYTES) {
    this.#buffer = Buffer.allocUnsafe(Math.max(initialBytes, HEADER_BYTES));
  }

  get length(): number {
    return this.#ends.length;
  }

  get byteLength(): number {
    return this.#ends.at(-1) ?? HEADER_BYTES;
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
    const part = new TextArray(HEADER_BYTES + end - start);
    this.#buffer.copy(part.#buffer, HEADER_BYTES, start, end);
    part.#ends = this.#ends.slice(from, to).map((position) => position - start + HEADER_BYTES);
    return part;
  }

  /** Yields the parameter to send; a view, so that it must be sent before the next push. */
  toParameter(): Buffer {
    if (this.length === 0) {
      const empty = Buffer.alloc(12);
      empty.writeInt32BE(TEXT_OID, 8);
      return empty;
    }
    const [dimensions, hasNull, lowerBound] = [1, 0, 1];
    this.#buffer.writeInt32BE(dimensions, 0);
    this.#buffer.writeInt32BE(hasNull, 4);
    this.#buffer.writeInt32BE(TEXT_OID, 8);
    this.#buffer.writeInt32BE(this.length, 12);
    this.#buffer.writeInt32BE(lowerBound, 16);
    return this.#buffer.subarray(0, this.byteLength);
  }

  #bounds(from: number, to: number): [number, number] {
    return [from === 0 ? HEADER_BYTES : (this.#ends[from - 1] ?? HEADER_BYTES), this.#ends[to - 1] ?? HEADER_BYTES];
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.byteLength);
    this.#buffer = larger;
  }
}
