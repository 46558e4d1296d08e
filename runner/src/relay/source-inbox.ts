import type { Writable } from "node:stream";
import type { Payload } from "@sluice/protocol";
import { ChildInput } from "./child-input.ts";

/** Where events that were pushed wait for a live source. */
export type PushedInputs = {
  /** Yields all that is not durable yet, the oldest first, and then what comes, until the signal aborts. */
  waiting(signal: AbortSignal): AsyncIterable<Payload<"input">>;
  /** Takes note that everything up to a number is durable at the destination. */
  committed(through: number): void;
};

/** Bytes of inputs that may be on their way to the destination; what is more waits where it is durable. */
const MAX_IN_FLIGHT_BYTES = 8 * 1024 * 1024;

/** What a live source is told on its stdin: what was pushed, and what is durable. */
export class SourceInbox {
  readonly #stdin: ChildInput;
  readonly #inputs: PushedInputs | undefined;
  readonly #closing = new AbortController();
  readonly #inFlight: { seq: number; bytes: number }[] = [];
  #inFlightBytes = 0;
  #goOn: (() => void) | undefined;
  #untold: Buffer | undefined;

  constructor(stdin: Writable, inputs: PushedInputs | undefined) {
    this.#stdin = new ChildInput(stdin);
    this.#inputs = inputs;
  }

  /** Hands inputs on as they come and as there is room, until it is closed. */
  async feed(): Promise<void> {
    if (this.#inputs === undefined) return;
    for await (const input of this.#inputs.waiting(this.#closing.signal)) {
      const line = Buffer.from(`${JSON.stringify({ type: "input", input })}\n`);
      await this.#room(line.length);
      if (this.#closing.signal.aborted) return;
      this.#inFlight.push({ seq: input.seq, bytes: line.length });
      this.#inFlightBytes += line.length;
      await this.#write(line);
    }
  }

  /** Tells what is durable. The newest stands for those before it, so that only that one is told once there is room. */
  committed({ seq, inputs_through: through }: Payload<"committed">): void {
    if (through !== undefined) this.#settle(through);
    const committed = { seq, ...(through === undefined ? {} : { inputs_through: through }) };
    const line = Buffer.from(`${JSON.stringify({ type: "committed", committed })}\n`);
    if (this.#stdin.isFull) this.#untold = line;
    else void this.#write(line);
  }

  /** Hands no more inputs on. */
  close(): void {
    this.#closing.abort();
    this.#goOn?.();
  }

  /** Resolves when so many bytes more may be on their way; one input that is larger than that may be alone. */
  async #room(bytes: number): Promise<void> {
    while (
      this.#inFlight.length > 0 &&
      this.#inFlightBytes + bytes > MAX_IN_FLIGHT_BYTES &&
      !this.#closing.signal.aborted
    ) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#goOn = resolve;
      await promise;
    }
  }

  #settle(through: number): void {
    while (this.#inFlight[0] !== undefined && this.#inFlight[0].seq <= through)
      this.#inFlightBytes -= this.#inFlight.shift()?.bytes ?? 0;
    this.#inputs?.committed(through);
    this.#goOn?.();
  }

  async #write(line: Buffer): Promise<void> {
    this.#stdin.add(line);
    await this.#stdin.flush();
    const untold = this.#untold;
    if (untold === undefined || this.#stdin.isFull) return;
    this.#untold = undefined;
    await this.#write(untold);
  }
}
