import { SluiceError } from "@sluice/protocol";
import type { SourceOutput } from "@sluice/protocol/stdio";
import { concernsAll, isPassing, leavesStreamOut } from "./api-error.ts";
import { readListing, type ListingTask } from "./listing/listing.ts";
import type { StreamPlan } from "./listing/plan.ts";
import type { Shape } from "./shape/shape.ts";
import type { StreamState } from "./stream-state.ts";
import { listVersion } from "./versions.ts";

type Resources = Pick<ListingTask, "client" | "slots" | "memory" | "shape" | "concurrency"> & {
  /** Whether the read goes on with what changes, so that a stream does not end with its listing. */
  isLive: boolean;
};

/** The end of a stream that was not read to its end. */
export type FailedEnd = Extract<SourceOutput, { type: "skipped" | "failure" }>;

/** One stream in one read, from its listing to its end. */
export class StreamRun {
  #plan: StreamPlan;
  readonly #resources: Resources;
  #state: StreamState;
  #hasEnded = false;
  #hasChanged = false;
  /** Whether something may have gone since the listing began, which it may have passed by then. */
  #isUnsureOfListing = false;

  constructor(plan: StreamPlan, resources: Resources) {
    this.#plan = plan;
    this.#resources = resources;
    this.#state = plan.state;
  }

  get plan(): StreamPlan {
    return this.#plan;
  }

  get state(): StreamState {
    return this.#state;
  }

  get name(): string {
    return this.plan.stream.name;
  }

  get shape(): Shape {
    return this.#resources.shape;
  }

  /** Whether the stream has its terminal status; one that follows events waits for them first. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Every event before this second is in the records, as far as the stream's own state knows. */
  get eventsFrom(): number {
    return this.#state.events_from ?? 0;
  }

  /**
   * Yields the records that are to be listed, with the states behind them, and the end of a stream without events.
   * What concerns this stream alone ends it with `skipped` or `failure`; throws what concerns all.
   */
  async *list(): AsyncGenerator<SourceOutput> {
    try {
      yield* this.#listed();
      const goesOn = this.plan.followsEvents || (this.#resources.isLive && this.plan.isRelisted);
      if (!goesOn) yield this.complete();
    } catch (error) {
      // a live read would be without the stream from now on: it is to begin again
      if (this.#resources.isLive && isPassing(error)) throw error;
      const end = this.ended(error);
      if (end !== undefined) yield end;
    }
  }

  /** Yields the records that another listing shows, as a new plan wants it. What fails ends no stream, and is thrown. */
  async *listAgain(plan: StreamPlan): AsyncGenerator<SourceOutput> {
    this.#plan = plan;
    this.#state = plan.state;
    yield* this.#listed();
  }

  /** Yields the records that are to be listed, with the states behind them. */
  async *#listed(): AsyncGenerator<SourceOutput> {
    const { listing } = this.#state;
    // of one that was begun earlier nobody knows
    this.#isUnsureOfListing = this.plan.resumes && this.#state.unsure;
    if (listing !== null) {
      const { limit } = this.plan;
      yield* readListing(
        { ...this.#resources, stream: this.name, limit, stateOf: (now) => ({ ...this.#state, listing: now }) },
        listing,
      );
      this.#state = {
        ...this.#state,
        listing: null,
        listed_at: listing.full ? listing.began_at : this.#state.listed_at,
        created_through: listing.began_at,
        swept_at: listing.sweeps ? listing.began_at : this.#state.swept_at,
        unsure: listing.full ? this.#isUnsureOfListing : this.#state.unsure,
      };
    }
    // written anew by each read, so that a state moves on with the account that it belongs to
    yield { type: "state", stream: this.name, data: this.#state };
  }

  /** Takes note that something may be gone of which no event told: a later read lists the stream in full. */
  noteUnsure(): void {
    this.#isUnsureOfListing = true;
    if (this.#state.unsure) return;
    this.#state = { ...this.#state, unsure: true };
    this.#hasChanged = true;
  }

  /** Yields the state, if it is another one since it was yielded, unless the stream has ended. */
  *changedState(): Generator<SourceOutput> {
    if (!this.#hasChanged || this.#hasEnded) return;
    this.#hasChanged = false;
    yield { type: "state", stream: this.name, data: this.#state };
  }

  /** Yields the successful end. */
  complete(): SourceOutput {
    this.#hasEnded = true;
    const { swept_at: at } = this.#state;
    return { type: "complete", stream: this.name, ...(at === null ? {} : { sweepVersion: listVersion(at) }) };
  }

  /** Yields the end that follows from an error, none when the read is being stopped; throws what concerns all. */
  ended(error: unknown): SourceOutput | undefined {
    this.#hasEnded = true;
    // what was sent has its state
    if (this.#resources.client.isStopping) return undefined;
    return this.endFor(error);
  }

  /** Yields the end that an error calls for; throws what concerns all. */
  endFor(error: unknown): FailedEnd {
    if (!(error instanceof SluiceError)) throw error;
    if (concernsAll(error)) throw error;
    if (leavesStreamOut(error)) return { type: "skipped", stream: this.name, reason: error.message };
    return { type: "failure", stream: this.name, error };
  }
}
