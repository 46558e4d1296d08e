import type { Payload } from "@sluice/protocol";
import { log } from "@sluice/protocol/stdio";
import type { PlannedStream } from "@sluice/runner";
import type { HeldRun } from "../store/held-run.ts";
import { isAway } from "../store/is-away.ts";
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
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #lines = new WaitingLines();
  #estimates = new RunEstimates(new Map());
  #progress: Payload<"progress"> | null = null;
  #renewal: Promise<void> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(store: Store, held: HeldRun) {
    this.#store = store;
    this.#held = held;
    this.#timers = [setInterval(() => this.#renew(), RENEW_EVERY_MS), setInterval(() => this.#look(), LOOK_EVERY_MS)];
  }

  /** Aborts when the run is to end, or when it is another worker's by now; its reason is why, in words. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  log(line: LogLine): void {
    this.#lines.add(line);
  }

  /** Without a plan that is kept there are no estimates, which is no reason to try again. */
  planned(streams: readonly PlannedStream[]): void {
    this.#next(async () => {
      this.#estimates = new RunEstimates(await this.#store.plans.keep(this.#held, streams));
    }).catch((error: unknown) => log("warn", `The plan of the run ${this.#held.runId} is not kept: ${String(error)}`));
  }

  progress(progress: Payload<"progress">): void {
    this.#progress = progress;
  }

  /** Stores what has not been stored yet. Throws when the database is away; then it can be tried again. */
  flush(): Promise<void> {
    return this.#next(() => this.#flush());
  }

  /** Stops renewing. What cannot be stored now is lost. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.flush().catch((error: unknown) => this.#warn("is lost", error));
    await this.#renewal;
  }

  /** Renews it beside all else, which may be slow, or fail for long. */
  #renew(): void {
    this.#renewal ??= this.#store.heldRuns
      .renew(this.#held, null)
      .then((isOurs) => this.#see(isOurs))
      .catch((error: unknown) => log("warn", `The hold on the run ${this.#held.runId} waits: ${String(error)}`))
      .finally(() => (this.#renewal = undefined));
  }

  #look(): void {
    // a database that is away is waited for; what is told then is only late
    this.#next(async () => {
      await this.#flush();
      const because = await this.#store.heldRuns.whyToEnd(this.#held.runId);
      if (because !== undefined) this.#ended.abort(because);
    }).catch((error: unknown) => this.#warn("waits", error));
  }

  /** Does one thing after the other. */
  #next(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  async #flush(): Promise<void> {
    const { heldRuns, samples } = this.#store;
    const progress = this.#progress;
    if (progress !== null) {
      const estimates = this.#estimates.at(new Date(), progress);
      this.#see(await heldRuns.renew(this.#held, { progress, estimates }));
      if (this.#progress === progress) this.#progress = null;
      await samples.take(this.#held, progress);
    }
    await this.#writeLines();
  }

  async #writeLines(): Promise<void> {
    const lines = this.#lines.take();
    if (lines.length === 0) return;
    try {
      this.#see(await this.#store.runs.log(this.#held, lines));
    } catch (error) {
      if (!(error instanceof Error && isAway(error))) return this.#warn("cannot be stored", error);
      this.#lines.putBack(lines);
      throw error;
    }
  }

  #see(isOurs: boolean): void {
    if (!isOurs) this.#ended.abort("another worker has it by now");
  }

  #warn(what: string, error: unknown): void {
    log("warn", `What the run ${this.#held.runId} says ${what}: ${String(error)}`);
  }
}
