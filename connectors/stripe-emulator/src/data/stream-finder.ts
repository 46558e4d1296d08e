import { idPrefix } from "./id-prefix.ts";
import type { StreamPlan } from "./stream-plan.ts";

/** Says where an object may be by what its id starts with, so that a look-up does not make every stream's objects. */
export class StreamFinder {
  readonly #plans: readonly StreamPlan[];
  readonly #byPrefix = new Map<string, StreamPlan[]>();

  constructor(plans: readonly StreamPlan[]) {
    this.#plans = plans;
    for (const plan of plans) {
      const prefix = idPrefix(plan.object);
      this.#byPrefix.set(prefix, [...(this.#byPrefix.get(prefix) ?? []), plan]);
    }
  }

  /** Yields the streams in which to look for an id, the likely ones first; all of them, for a test may choose any id. */
  *likely(id: string): Generator<StreamPlan> {
    const prefix = id.slice(0, id.lastIndexOf("_") + 1);
    const first = this.#byPrefix.get(prefix) ?? [];
    yield* first;
    for (const plan of this.#plans) if (!first.includes(plan)) yield plan;
  }
}
