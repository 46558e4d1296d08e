import type { Readable } from "node:stream";
import { SluiceError, isTerminalStatus, type Payload } from "@sluice/protocol";
import { readLines, type Line, type MessageLine } from "@sluice/protocol/stdio";
import type { CommittedState, Ledger } from "./ledger.ts";

/** What a destination said that the run acts on. Returned promises hold its next line back. */
export type DestinationEvents = {
  onLine(): void;
  onReady(line: Buffer): void;
  /** A state is durable; it was checked. */
  onCommitted(committed: CommittedState): Promise<void>;
  /** The end of a stream is durable; it was checked. */
  onStreamEnd(status: Payload<"stream_status">): Promise<void> | undefined;
  onRejected(rejected: Payload<"rejected">, line: Buffer): Promise<void>;
  onLog(log: Payload<"log">): void;
  onError(error: Payload<"error">): void;
  onControl(config: Record<string, unknown>): Promise<void>;
};

export type DestinationRelayOptions = {
  ledger: Ledger;
  events: DestinationEvents;
  strict: boolean;
  maxLineBytes?: number | undefined;
};

/** Takes a destination's echoes, checked against what was sent, and whatever else it says. */
export class DestinationRelay {
  readonly #ledger: Ledger;
  readonly #events: DestinationEvents;
  readonly #strict: boolean;
  readonly #maxLineBytes: number | undefined;
  #epoch: number | undefined;
  #texts = 0;

  constructor({ ledger, events, strict, maxLineBytes }: DestinationRelayOptions) {
    this.#ledger = ledger;
    this.#events = events;
    this.#strict = strict;
    this.#maxLineBytes = maxLineBytes;
  }

  /** Resolves when the destination's output has ended; throws `protocol` for an echo that does not agree. */
  async run(output: Readable): Promise<void> {
    for await (const lines of readLines(output, this.#maxLineBytes)) {
      this.#events.onLine();
      for (const line of lines) await this.#take(line);
    }
  }

  async #take(line: Line): Promise<void> {
    switch (line.kind) {
      case "message":
        return this.#message(line);
      case "record":
        throw new SluiceError("protocol", "The destination sent a record, which only a source may.");
      case "text":
        return this.#text(line.lineNumber, line.bytes.length);
      case "foreign":
        // what it does not know it passes on, as it should
        return undefined;
    }
  }

  async #message({ message, bytes }: MessageLine): Promise<void> {
    switch (message.type) {
      case "ready":
        this.#epoch = message.ready.epoch;
        return this.#events.onReady(Buffer.from(bytes));
      case "state":
        this.#checkEpoch(message.state.epoch);
        return this.#events.onCommitted(this.#ledger.confirmState(message.state, bytes));
      case "stream_status":
        if (!isTerminalStatus(message.stream_status.status)) return undefined;
        this.#ledger.confirmStatus(message.stream_status, bytes);
        return this.#events.onStreamEnd(message.stream_status);
      case "rejected":
        return this.#events.onRejected(message.rejected, Buffer.from(bytes));
      case "log":
        return this.#events.onLog(message.log);
      case "error":
        return this.#events.onError(message.error);
      case "control":
        return this.#events.onControl(message.control.config);
      default:
        // a catalog and the like, passed on
        return undefined;
    }
  }

  #checkEpoch(epoch: number | undefined): void {
    if (epoch === undefined || this.#epoch === undefined || epoch === this.#epoch) return;
    throw new SluiceError("protocol", `It echoed a state of epoch ${epoch}, but its own is ${this.#epoch}.`);
  }

  #text(lineNumber: number, length: number): undefined {
    if (this.#strict)
      throw new SluiceError("protocol", `Line ${lineNumber} of the destination is not a message, and strict is set.`);
    this.#texts += 1;
    const message = `Line ${lineNumber} of the destination is not a message (${length} bytes, ${this.#texts} so far).`;
    this.#events.onLog({ level: "warn", message });
  }
}
