import { createHash } from "node:crypto";
import { dataText, type StateLine } from "@sluice/protocol/stdio";

/**
 * Knows at which states the attempts of a run ended, and so whether one came further: a source that begins where the one
 * before it began sends the same again, and its states are no progress however many of them are stored.
 */
export class Headway {
  readonly #newest = new Map<string | null, StateLine>();
  readonly #ends = new Set<string>();

  /** Takes a state that has become durable. */
  saved(state: StateLine): void {
    this.#newest.set(state.state.stream ?? null, state);
  }

  /** Ends an attempt; tells whether the newest state of some scope is one at which no attempt has ended before. */
  endAttempt(): boolean {
    const before = this.#ends.size;
    for (const [scope, { state, line }] of this.#newest) {
      const place = JSON.stringify([scope, state.inputs_through ?? null, dataText(line)]);
      this.#ends.add(createHash("sha256").update(place).digest("base64"));
    }
    this.#newest.clear();
    return this.#ends.size > before;
  }
}
