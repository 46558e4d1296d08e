import type { Writable } from "node:stream";
import { SluiceError, errorCode } from "../failure.ts";
import type { Message } from "../message.ts";

const FLUSH_BYTES = 64 * 1024;

/** The reader of stdout has gone; a symptom, so any failure reported before it is the cause. */
export class PeerGone extends Error {
  constructor(cause: unknown) {
    super("The program that reads this one's output has ended.", { cause });
    this.name = "PeerGone";
  }
}

/**
 * Writes lines to a stream, gathered into blocks of 64 KiB or whatever one turn of the event loop brings.
 * Every write is awaited until the system took it, so a slow reader slows the writer down.
 */
export class Output {
  readonly #stream: Writable;
  #parts: Buffer[] = [];
  #bytes = 0;
  /** Bytes that the system has not taken yet, gathered or on their way. */
  #untakenBytes = 0;
  #tail: Promise<void> = Promise.resolve();
  #scheduled = false;
  #failure: Error | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on("error", (error) => {
      this.#failure ??= outputFailure(error);
    });
  }

  /**
   * Takes whole lines; resolves when more may come, and their memory may be used for something else. Rejects with
   * PeerGone when nobody reads any more, and with `system` when the output cannot be written, as on a full disk.
   */
  async write(lines: Buffer | string): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const bytes = typeof lines === "string" ? Buffer.from(lines) : lines;
    // a block of its own, for to copy it would cost more than another write
    if (bytes.length >= FLUSH_BYTES) void this.flush();
    const isKept = this.#untakenBytes + bytes.length < FLUSH_BYTES;
    this.#parts.push(isKept && bytes === lines ? Buffer.from(bytes) : bytes);
    this.#bytes += bytes.length;
    this.#untakenBytes += bytes.length;
    if (this.#untakenBytes >= FLUSH_BYTES) return this.flush();
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        // the failure is kept and thrown by the next write
        this.flush().catch(() => {});
      });
    }
  }

  /** Takes one message as a line of its own. */
  send(message: Message): Promise<void> {
    return this.write(JSON.stringify(message) + "\n");
  }

  /** Resolves once everything written so far was taken by the system. */
  flush(): Promise<void> {
    if (this.#parts.length > 0) {
      const block = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts, this.#bytes);
      this.#parts = [];
      this.#bytes = 0;
      this.#tail = this.#tail.then(() => this.#put(block));
    }
    return this.#tail;
  }

  #put(block: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#stream.write(block, (error) => {
        this.#untakenBytes -= block.length;
        if (error) {
          this.#failure ??= outputFailure(error);
          reject(this.#failure);
        } else {
          resolve();
        }
      });
    });
  }
}

function outputFailure(error: Error): Error {
  const code = errorCode(error) ?? error.message;
  if (["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED"].includes(code)) return new PeerGone(error);
  return new SluiceError(
    "system",
    `The output cannot be written (${code}); make room or correct where it goes, then resume.`,
    {
      cause: error,
    },
  );
}
