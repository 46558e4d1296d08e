import { log } from "@sluice/protocol/stdio";
import type { StreamEnd } from "./stream-ends.ts";

/** How the streams of accounts ended last, in a read that visits them again: what goes wrong is told when it is new. */
export class LastEnds {
  readonly #failed = new Set<string>();

  /** Takes note of how a stream ended in an account. */
  note(account: string, end: StreamEnd): void {
    const key = `${account} ${end.stream}`;
    if (end.type !== "failure") {
      this.#failed.delete(key);
      return;
    }
    if (this.#failed.has(key)) return;
    this.#failed.add(key);
    log(
      "warn",
      `The stream "${end.stream}" of ${account} is not read to its end, and is tried again: ${end.error.message}`,
    );
  }
}
