import type { Dispatcher } from "undici";
import { largerMemory } from "./lent-memory.ts";

/** A length that is told is believed so far; what is longer proves itself as it comes. */
const MAX_TOLD_BYTES = 16 * 1024 * 1024;
/** Far more than a page of Stripe's takes. */
const MAX_BYTES = 256 * 1024 * 1024;

type Headers = Readonly<Record<string, string | string[] | undefined>>;
/** An answer with its whole body, which stands in memory that is lent to it. */
export type Answer = { statusCode: number; headers: Headers; bytes: Buffer };

/** Receives an answer as one piece, without the stream that undici's own `request` makes of it. */
export class WholeAnswer implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal;
  readonly #maxBytes: number;
  readonly #whole = Promise.withResolvers<Answer>();
  #memory: Buffer;
  #controller: Dispatcher.DispatchController | undefined;
  #statusCode = 0;
  #headers: Headers = {};
  #length = 0;

  constructor(memory: Buffer, signal: AbortSignal, maxBytes = MAX_BYTES) {
    this.#memory = memory;
    this.#signal = signal;
    this.#maxBytes = maxBytes;
    // whoever sends the request may fail before it waits for the answer
    this.#whole.promise.catch(() => {});
    // not with the request's start: it may wait long for a connection
    if (signal.aborted) this.#abort();
    else signal.addEventListener("abort", this.#abort, { once: true });
  }

  /** The memory that was lent, or what took its place when the body grew. */
  get memory(): Buffer {
    return this.#memory;
  }

  /** Resolves to the answer once it is whole; rejects when it does not become so, and as soon as the signal aborts. */
  get answer(): Promise<Answer> {
    return this.#whole.promise;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#signal.aborted) this.#abort();
  }

  onResponseStart(_: Dispatcher.DispatchController, statusCode: number, headers: Headers): void {
    this.#statusCode = statusCode;
    this.#headers = headers;
    const told = Number(headers["content-length"] ?? 0);
    if (told > this.#memory.length) this.#grow(Math.min(told, MAX_TOLD_BYTES));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const length = this.#length + chunk.length;
    // without an end it would fill the memory, however often it is asked for
    if (length > this.#maxBytes) return controller.abort(new Error(`The answer has more than ${this.#maxBytes} bytes`));
    if (length > this.#memory.length) this.#grow(Math.min(length * 2, this.#maxBytes));
    this.#memory.set(chunk, this.#length);
    this.#length = length;
  }

  onResponseEnd(): void {
    this.#signal.removeEventListener("abort", this.#abort);
    const bytes = this.#memory.subarray(0, this.#length);
    this.#whole.resolve({ statusCode: this.#statusCode, headers: this.#headers, bytes });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#signal.removeEventListener("abort", this.#abort);
    this.#whole.reject(error);
  }

  readonly #abort = (): void => {
    this.#whole.reject(this.#signal.reason);
    this.#controller?.abort(this.#signal.reason);
  };

  #grow(bytes: number): void {
    const larger = largerMemory(bytes);
    this.#memory.copy(larger, 0, 0, this.#length);
    this.#memory = larger;
  }
}
