import type { GlobalState } from "../global-state.ts";
import type { StripeEvent } from "./event.ts";

/** The most ids that a state carries; a busy account remembers a shorter time. */
const MAX_IDS = 5000;

/** Which events were read lately: one that is not among them became visible late. */
export class EventMemory {
  readonly #seen: Map<number, string[]>;
  #since: number;

  constructor(state: GlobalState | undefined, from: number) {
    this.#seen = new Map(Object.entries(state?.seen ?? {}).map(([second, ids]) => [Number(second), [...ids]]));
    this.#since = state?.seen_since ?? from;
  }

  add(events: readonly StripeEvent[]): void {
    for (const { id, created } of events) {
      const ids = this.#seen.get(created);
      if (ids === undefined) this.#seen.set(created, [id]);
      else if (!ids.includes(id)) ids.push(id);
    }
  }

  /** Forgets what is older than a second, and more where there is too much. Yields what is left, for a state. */
  since(second: number): { seen: Record<string, string[]>; seen_since: number } {
    this.#since = Math.max(this.#since, second);
    const seconds = [...this.#seen.keys()].sort((one, other) => one - other);
    let count = seconds.reduce((sum, each) => sum + (this.#seen.get(each)?.length ?? 0), 0);
    for (const each of seconds) {
      if (each >= this.#since && count <= MAX_IDS) break;
      count -= this.#seen.get(each)?.length ?? 0;
      this.#seen.delete(each);
      this.#since = Math.max(this.#since, each + 1);
    }
    return { seen: Object.fromEntries([...this.#seen].map(([at, ids]) => [at, [...ids]])), seen_since: this.#since };
  }
}
