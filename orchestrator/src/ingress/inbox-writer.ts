import type { Inbox, PushedEvent, Receipt } from "../store/inbox.ts";

const MAX_BATCH = 500;
/** Characters, so that a batch is one statement that has room in memory, and in a string of V8. */
const MAX_BATCH_LENGTH = 8 * 1024 * 1024;

type Waiting = { event: PushedEvent; receipt: PromiseWithResolvers<Receipt> };

/** Keeps events that come at the same time in one transaction, so that a burst takes few commits. */
export class InboxWriter {
  readonly #receive: Inbox["receive"];
  #waiting: Waiting[] = [];
  #isWriting = false;

  constructor(receive: Inbox["receive"]) {
    this.#receive = receive;
  }

  /** Resolves, once the event is durable or refused, to what became of it. */
  add(event: PushedEvent): Promise<Receipt> {
    const receipt = Promise.withResolvers<Receipt>();
    this.#waiting.push({ event, receipt });
    if (!this.#isWriting) void this.#write();
    return receipt.promise;
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#batchCount());
      try {
        const receipts = await this.#receive(batch.map(({ event }) => event));
        for (const [index, { receipt }] of batch.entries()) receipt.resolve(receipts[index] ?? "unknown");
      } catch (error) {
        for (const { receipt } of batch) receipt.reject(error);
      }
    }
    this.#isWriting = false;
  }

  /** Yields how many of those that wait go into one batch: one at least. */
  #batchCount(): number {
    let length = 0;
    const over = this.#waiting.findIndex(({ event }) => (length += event.body.length) > MAX_BATCH_LENGTH);
    return over === -1 ? MAX_BATCH : Math.min(MAX_BATCH, Math.max(over, 1));
  }
}
