import type { Payload } from "@sluice/protocol";
import { log } from "@sluice/protocol/stdio";
import type { PlannedStream } from "@sluice/runner";
import type { HeldRun } from "../store/memories.ts";
import { LEASE_MS } from "../store/moments.ts";
import type { LogLine } from "../store/runs.ts";
import type { Store } from "../store/store.ts";
import { RunEstimates } from "./run-estimates.ts";
import { WaitingLines } from "./waiting-lines.ts";

const LOOK_EVERY_MS = 500;
const RENEW_EVERY_MS = LEASE_MS / 3;

/** A worker's hold on a run: renews it, stores what the run says, and tells when the run is to end. */
export class RunHold implements AsyncDisposable {
  readonly #store: Store;
  readonly #held: HeldRun;
  readonly #ended = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #lines = new WaitingLines();
  #plan: readonly PlannedStream[] | undefined;
  #estimates = new RunEstimates(new Map());
  #progress: Payload<"progress"> | null = null;
  #renewedAtMs = performance.now();
  #last: Promise<void> = Promise.resolve();

  constructor(store: Store, held: HeldRun) {
    this.#store = store;
    this.#held = held;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  /** Aborts when the run is to end, or when it is another worker's by now; its reason is why, in words. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  log(line: LogLine): void {
    this.#lines.add(line);
  }

  planned(streams: readonly PlannedStream[]): void {
    this.#plan = streams;
  }

  progress(progress: Payload<"progress">): void {
    this.#progress = progress;
  }

  /** Stores what has not been stored yet, and stops renewing. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#look();
    await this.#last;
  }

  #look(): void {
    // a database that is away is waited for; what is told then is only late
    this.#last = this.#last
      .then(() => this.#flush())
      .catch((error: unknown) => log("warn", `What the run ${this.#held.runId} says waits: ${String(error)}`));
  }

  async #flush(): Promise<void> {
    const { runs, plans, heldRuns, samples } = this.#store;
    const { runId } = this.#held;
    if (this.#plan !== undefined) this.#estimates = new RunEstimates(await plans.keep(this.#held, this.#plan));
    this.#plan = undefined;
    const isDue = performance.now() - this.#renewedAtMs > RENEW_EVERY_MS;
    if (isDue || this.#progress !== null) {
      const progress = this.#progress;
      const news = progress === null ? null : { progress, estimates: this.#estimates.at(new Date(), progress) };
      const isOurs = await heldRuns.renew(this.#held, news);
      if (this.#progress === progress) this.#progress = null;
      this.#renewedAtMs = performance.now();
      if (!isOurs) this.#ended.abort("another worker has it by now");
      if (isOurs && progress !== null) await samples.take(runId, progress);
    }
    const lines = this.#lines.take();
    try {
      await runs.log(runId, lines);
    } catch (error) {
      this.#lines.putBack(lines);
      throw error;
    }
    const because = await heldRuns.whyToEnd(runId);
    if (because !== undefined) this.#ended.abort(because);
  }
}
