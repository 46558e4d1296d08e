import { fstatSync } from "node:fs";
import { Socket } from "node:net";
import { addAbortSignal, type Readable } from "node:stream";

const STDIN = 0;
/** As much as a pipe holds on Linux. */
const CHUNK_BYTES = 64 * 1024;

/** The bytes of stdin, to be read once. An abort of `signal` ends the reading with an `AbortError`. */
export type Stdin = AsyncIterable<Buffer> & Disposable;

/**
 * Opens stdin. The chunks of a pipe share one buffer, so that each is overwritten once the next is asked for: memory
 * outside of the heap that is allocated and dropped chunk by chunk, as process.stdin does, makes the garbage collector run.
 */
export function openStdin(signal: AbortSignal): Stdin {
  const stat = fstatSync(STDIN);
  if (stat.isFIFO() || stat.isSocket()) return new PipeChunks(signal);
  const stream: Readable = addAbortSignal(signal, process.stdin);
  return {
    [Symbol.asyncIterator]: () => stream[Symbol.asyncIterator](),
    // a file or a terminal that nobody reads would keep this process
    [Symbol.dispose]: () => void stream.destroy(),
  };
}

/** Reads a chunk a time, and none before it is asked for. */
class PipeChunks implements Stdin, AsyncIterator<Buffer> {
  readonly #socket: Socket;
  readonly #buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  /** What was read before anybody asked. */
  #early: Buffer | undefined;
  #end: { error?: unknown } | undefined;
  #asked: PromiseWithResolvers<IteratorResult<Buffer>> | undefined;

  constructor(signal: AbortSignal) {
    this.#socket = new Socket({
      fd: STDIN,
      readable: true,
      writable: false,
      onread: { buffer: this.#buffer, callback: (bytes) => this.#read(bytes) },
    });
    this.#socket.on("error", (error) => this.#finish({ error }));
    this.#socket.on("end", () => this.#finish({}));
    addAbortSignal(signal, this.#socket);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Buffer>> {
    const early = this.#early;
    if (early !== undefined) {
      this.#early = undefined;
      return { value: early, done: false };
    }
    if (this.#end === undefined) {
      this.#asked = Promise.withResolvers();
      this.#socket.resume();
      return this.#asked.promise;
    }
    if ("error" in this.#end) throw this.#end.error;
    return { value: undefined, done: true };
  }

  async return(): Promise<IteratorResult<Buffer>> {
    this[Symbol.dispose]();
    return { value: undefined, done: true };
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  /** Answers whether to read on. */
  #read(bytes: number): boolean {
    const chunk = this.#buffer.subarray(0, bytes);
    if (this.#asked === undefined) this.#early = chunk;
    else this.#asked.resolve({ value: chunk, done: false });
    this.#asked = undefined;
    return false;
  }

  #finish(end: { error?: unknown }): void {
    this.#end ??= end;
    if ("error" in end) this.#asked?.reject(end.error);
    else this.#asked?.resolve({ value: undefined, done: true });
    this.#asked = undefined;
  }
}
