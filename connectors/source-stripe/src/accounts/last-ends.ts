import { log } from "@sluice/protocol/stdio";
import type { StreamEnd } from "./stream-ends.ts";

/** How the streams of accounts ended last, in a read that visits them again: what goes wrong is told when it is new. */
export class LastEnds {
  /** How often in a row a stream has failed in an account; infinitely often where it is left out. */
  readonly #failures = new Map<string, number>();

  /** Takes note of how a stream ended in an account. */
  note(account: string, end: StreamEnd): void {
    const key = `${account} ${end.stream}`;
    const before = this.#failures.get(key) ?? 0;
    if (end.type === "complete") this.#failures.delete(key);
    if (end.type === "skipped") this.#failures.set(key, Infinity);
    if (end.type !== "failure") return;
    const failures = Number.isFinite(before) ? before + 1 : 1;
    this.#failures.set(key, failures);
    if (failures > 1) return;
    log(
      "warn",
      `The stream "${end.stream}" of ${account} is not read to its end, and is tried again: ${end.error.message}`,
    );
  }

  /** How often in a row a stream has failed in an account; 0 for one that goes on, infinity for one that is left out. */
  failuresOf(account: string, stream: string): number {
    return this.#failures.get(`${account} ${stream}`) ?? 0;
  }
}
