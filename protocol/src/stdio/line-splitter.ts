import { SluiceError } from "../failure.ts";

const LF = 0x0a;
const CR = 0x0d;
const EMPTY = Buffer.alloc(0);
/** Where a line's stream is looked for when the line is too long. */
const HEAD_BYTES = 4096;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** The default of `--max-line-bytes`: 64 MiB. */
export const DEFAULT_MAX_LINE_BYTES = 64 * 1024 * 1024;

/** A line without its end, and where it stands in the input. */
export type RawLine = { bytes: Buffer; lineNumber: number; byteOffset: number };

/**
 * Cuts bytes into lines at 0x0A and nowhere else, linear in the length of a line whatever the chunks are.
 * One CR before the LF and a BOM at the very start are dropped; blank lines are left out.
 * Lines may be views into the chunks that were pushed: copy what must outlive them.
 */
export class LineSplitter {
  readonly #maxLineBytes: number;
  /** The beginning of a line whose end has not come yet; only the first `#pendingBytes` are in use. */
  #pending = EMPTY;
  #pendingBytes = 0;
  #lineNumber = 1;
  #byteOffset = 0;

  constructor(maxLineBytes: number = DEFAULT_MAX_LINE_BYTES) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** Yields the lines that `chunk` completes; throws `protocol` for a line above the limit. */
  push(chunk: Buffer): RawLine[] {
    const lines: RawLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      this.#finish(lines, this.#join(chunk.subarray(start, end)), 1);
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    return lines;
  }

  /** Yields the last line when the input ended without a LF. */
  end(): RawLine | undefined {
    const lines: RawLine[] = [];
    if (this.#pendingBytes > 0) this.#finish(lines, this.#join(EMPTY), 0);
    return lines[0];
  }

  /** Yields the whole line that ends with `part`. */
  #join(part: Buffer): Buffer {
    if (this.#pendingBytes === 0) {
      if (part.length > this.#maxLineBytes) throw this.#tooLong(part);
      return part;
    }
    this.#keep(part);
    const line = this.#pending.subarray(0, this.#pendingBytes);
    this.#pending = EMPTY;
    this.#pendingBytes = 0;
    return line;
  }

  #keep(part: Buffer): void {
    const bytes = this.#pendingBytes + part.length;
    if (bytes > this.#maxLineBytes) throw this.#tooLong(part);
    if (bytes > this.#pending.length) {
      // doubling keeps the copying linear, however small the chunks are
      const larger = Buffer.allocUnsafeSlow(Math.max(bytes, 2 * this.#pending.length));
      this.#pending.copy(larger, 0, 0, this.#pendingBytes);
      this.#pending = larger;
    }
    part.copy(this.#pending, this.#pendingBytes);
    this.#pendingBytes = bytes;
  }

  #finish(lines: RawLine[], line: Buffer, terminatorBytes: number): void {
    let bytes = line;
    if (this.#lineNumber === 1 && bytes.subarray(0, BOM.length).equals(BOM)) bytes = bytes.subarray(BOM.length);
    if (bytes.at(-1) === CR) bytes = bytes.subarray(0, -1);
    if (!isBlank(bytes)) lines.push({ bytes, lineNumber: this.#lineNumber, byteOffset: this.#byteOffset });
    this.#byteOffset += line.length + terminatorBytes;
    this.#lineNumber += 1;
  }

  #tooLong(part: Buffer): SluiceError {
    const seen = Buffer.concat([
      this.#pending.subarray(0, Math.min(this.#pendingBytes, HEAD_BYTES)),
      part.subarray(0, HEAD_BYTES),
    ]);
    const head = seen.toString("utf8", 0, HEAD_BYTES);
    const stream = /"stream":"([^"\\]{1,200})"/.exec(head)?.[1];
    const where = stream === undefined ? "" : ` of stream "${stream}"`;
    return new SluiceError(
      "protocol",
      `Line ${this.#lineNumber}${where} is longer than ${this.#maxLineBytes} bytes; raise --max-line-bytes if such a record is expected.`,
      {
        detail: `at byte ${this.#byteOffset}, ${this.#pendingBytes + part.length} bytes seen`,
        ...(stream === undefined ? {} : { stream }),
      },
    );
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === CR);
}
