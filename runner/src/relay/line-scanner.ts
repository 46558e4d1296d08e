import { isUtf8 } from "node:buffer";
import { SluiceError } from "@sluice/protocol";
import { DEFAULT_MAX_LINE_BYTES, type RawLine } from "@sluice/protocol/stdio";
import { NAME_OFFSET, recordNameEnd } from "./record-prefix.ts";

const LF = 0x0a;
const EMPTY = Buffer.alloc(0);
/** So much of a line that is too long is looked at for its stream. */
const HEAD_BYTES = 4096;

/** What passed of one stream; an ended one may send nothing more. */
export type StreamCounter = { records: number; bytes: number; isEnded: boolean };

/** A run of whole record lines as they came, already counted; or any other line, which is to be parsed. */
export type ScannedRun = { kind: "records"; bytes: Buffer } | { kind: "line"; line: RawLine; bytes: Buffer };

export type LineScannerOptions = {
  /** Yields the counter of a stream; throws for one that may not send records. */
  counterOf(stream: string): StreamCounter;
  maxLineBytes?: number | undefined;
};

/**
 * Cuts a source's output at 0x0A and tells canonical record lines, which are counted and passed on by the chunk, from
 * all others. A line is copied only when chunks cut it, so the work is linear in its length.
 */
export class LineScanner {
  readonly #counterOf: (stream: string) => StreamCounter;
  readonly #maxLineBytes: number;
  /** The parts of a line whose end has not come yet. */
  #parts: Buffer[] = [];
  #partBytes = 0;
  #lineNumber = 1;
  #byteOffset = 0;
  /** The last stream's name as it stands in its lines, and its counter: records of a stream come in runs. */
  #name = EMPTY;
  #counter: StreamCounter = { records: 0, bytes: 0, isEnded: true };

  constructor({ counterOf, maxLineBytes }: LineScannerOptions) {
    this.#counterOf = counterOf;
    this.#maxLineBytes = maxLineBytes ?? DEFAULT_MAX_LINE_BYTES;
  }

  /** Yields what a chunk completes, in order; a record is counted when its run is reached, not before. */
  *push(chunk: Buffer): Generator<ScannedRun> {
    const firstEnd = chunk.indexOf(LF);
    if (firstEnd === -1) return this.#keep(chunk);
    let start = 0;
    if (this.#partBytes > 0) {
      yield* this.#scan(this.#join(chunk.subarray(0, firstEnd + 1)));
      start = firstEnd + 1;
    }
    const end = chunk.lastIndexOf(LF) + 1;
    if (end > start) yield* this.#scan(chunk.subarray(start, end));
    if (end < chunk.length) this.#keep(chunk.subarray(end));
  }

  /** Yields the last line when the input ended without a LF. */
  end(): RawLine | undefined {
    if (this.#partBytes === 0) return undefined;
    return { bytes: this.#join(EMPTY), lineNumber: this.#lineNumber, byteOffset: this.#byteOffset };
  }

  /** Counts a record that had to be parsed. */
  count(stream: string, bytes: number): void {
    this.#select(stream);
    this.#countOne(bytes);
  }

  /** Scans whole lines. */
  *#scan(bytes: Buffer): Generator<ScannedRun> {
    const isText = isUtf8(bytes);
    let runStart = 0;
    for (let start = 0; start < bytes.length;) {
      const end = bytes.indexOf(LF, start);
      if (end - start > this.#maxLineBytes) throw this.#tooLong(bytes.subarray(start, end));
      const nameEnd = isText ? recordNameEnd(bytes, start, end) : -1;
      if (nameEnd === -1) {
        if (start > runStart) yield { kind: "records", bytes: bytes.subarray(runStart, start) };
        yield this.#line(bytes.subarray(start, end + 1));
        runStart = end + 1;
      } else {
        if (!this.#isSelected(bytes, start + NAME_OFFSET, nameEnd))
          this.#select(bytes.toString("utf8", start + NAME_OFFSET, nameEnd));
        this.#countOne(end + 1 - start);
      }
      this.#lineNumber += 1;
      this.#byteOffset += end + 1 - start;
      start = end + 1;
    }
    if (runStart < bytes.length) yield { kind: "records", bytes: bytes.subarray(runStart) };
  }

  #line(bytes: Buffer): ScannedRun {
    const end = bytes.length - (bytes.at(-2) === 0x0d ? 2 : 1);
    const line = { bytes: bytes.subarray(0, end), lineNumber: this.#lineNumber, byteOffset: this.#byteOffset };
    return { kind: "line", line, bytes };
  }

  #isSelected(bytes: Buffer, start: number, end: number): boolean {
    const name = this.#name;
    if (name.length !== end - start) return false;
    for (let i = 0; i < name.length; i += 1) if (name[i] !== bytes[start + i]) return false;
    return true;
  }

  #select(stream: string): void {
    this.#counter = this.#counterOf(stream);
    this.#name = Buffer.from(stream);
  }

  #countOne(bytes: number): void {
    const counter = this.#counter;
    if (counter.isEnded) {
      throw new SluiceError(
        "protocol",
        `Line ${this.#lineNumber} of the source is a record of "${this.#name.toString()}", which has ended before.`,
      );
    }
    counter.records += 1;
    counter.bytes += bytes;
  }

  #keep(part: Buffer): void {
    this.#parts.push(part);
    this.#partBytes += part.length;
    if (this.#partBytes > this.#maxLineBytes + 1) throw this.#tooLong(Buffer.concat(this.#parts.slice(0, 2)));
  }

  #join(last: Buffer): Buffer {
    const bytes = Buffer.concat([...this.#parts, last], this.#partBytes + last.length);
    this.#parts = [];
    this.#partBytes = 0;
    return bytes;
  }

  #tooLong(line: Buffer): SluiceError {
    const stream = /"stream":"([^"\\]{1,200})"/.exec(line.toString("utf8", 0, HEAD_BYTES))?.[1];
    const where = stream === undefined ? "" : `, of the stream "${stream}",`;
    return new SluiceError(
      "protocol",
      `Line ${this.#lineNumber} of the source${where} is longer than ${this.#maxLineBytes} bytes; raise --max-line-bytes if such a record is expected.`,
      stream === undefined ? {} : { stream },
    );
  }
}
