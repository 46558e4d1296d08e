import { log } from "@sluice/protocol/stdio";
import { isPassing } from "../api-error.ts";
import type { FailedEnd, StreamRun } from "../stream-run.ts";

const LONGEST_MS = 120_000;

type Rest = { failures: number; untilMs: number; end: FailedEnd };

/**
 * The streams of a live read that failed, each of which rests before it is tried again: longer with each failure, so that
 * it does not hold up the others. Meanwhile its place stays where it is.
 */
export class Rests {
  readonly #firstMs: number;
  readonly #rests = new Map<StreamRun, Rest>();

  /** `firstMs` is the rest behind a first failure. */
  constructor(firstMs: number) {
    this.#firstMs = firstMs;
  }

  /** Takes note that a stream failed, and tells it when that is new. Throws what concerns all. */
  note(run: StreamRun, error: unknown): void {
    const end = run.endFor(error);
    const failures = this.failuresOf(run) + 1;
    const restMs = Math.min(this.#firstMs * 2 ** (failures - 1), LONGEST_MS);
    this.#rests.set(run, { failures, untilMs: performance.now() + restMs, end });
    if (failures > 1) return;
    const reason = end.type === "failure" ? end.error.message : end.reason;
    log(isPassing(error) ? "warn" : "error", `The stream "${run.name}" is left behind, and tried again: ${reason}`);
  }

  /** Takes note that a stream was read as far as the others. */
  over(run: StreamRun): void {
    if (this.#rests.delete(run)) log("info", `The stream "${run.name}" goes on.`);
  }

  /** How often in a row a stream has failed; 0 for one that goes on. */
  failuresOf(run: StreamRun): number {
    return this.#rests.get(run)?.failures ?? 0;
  }

  /** Until when a stream rests, as `performance.now` counts; 0 for one that goes on. */
  untilMs(run: StreamRun): number {
    return this.#rests.get(run)?.untilMs ?? 0;
  }

  /** Yields what a stream that is failing ends with when the read ends. */
  endOf(run: StreamRun): FailedEnd | undefined {
    return this.#rests.get(run)?.end;
  }
}
