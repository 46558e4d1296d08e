import type { SourceOutput } from "@sluice/protocol/stdio";
import type { StripeStream } from "@sluice/stripe-catalog";
import { StripeApiError } from "../api-error.ts";
import type { LentMemory } from "../lent-memory.ts";
import { PageSize } from "../page-size.ts";
import { splitRange, type Range } from "../range.ts";
import { NO_ROWS, type Rows } from "../shape/record-lines.ts";
import type { Shape } from "../shape/shape.ts";
import type { Slots } from "../slots.ts";
import type { Listing } from "../stream-state.ts";
import type { StampedPage, StripeClient } from "../stripe-client.ts";
import { listRequest } from "./list-request.ts";
import { PageSpans } from "./split-point.ts";
import { Walk, type Advance } from "./walk.ts";

/** What a listing needs to know besides where it stands. */
export type ListingTask = {
  client: StripeClient;
  slots: Slots;
  /** What pages are put into until they are printed. */
  memory: LentMemory;
  stream: string;
  shape: Shape;
  /** At most so many records. */
  limit: number | undefined;
  /** Requests that may be under way at the same time, over all streams. */
  concurrency: number;
  /** Yields the state that stands for a listing. */
  stateOf: (listing: Listing) => unknown;
};
/** What came of one request; the page is undefined when the cursor was gone, as the refusal said. */
type Step = { walk: Walk; page: StampedPage | undefined; refusal?: StripeApiError; rows: Rows };

/**
 * Yields the records of what a listing has left, with a state before the first and after each page. Ranges of a list that can be cut by time
 * are read at the same time, and cut further while slots are idle. Throws what the client throws, and `data` for a list
 * that cannot be followed to its end.
 */
export async function* readListing(task: ListingTask, listing: Listing): AsyncGenerator<SourceOutput> {
  yield* new ListingRead(task, listing).outputs();
}

class ListingRead {
  readonly #task: ListingTask;
  readonly #pageSize: PageSize;
  readonly #spans = new PageSpans();
  readonly #running = new Map<Walk, Promise<Step>>();
  #listing: Listing;

  constructor(task: ListingTask, listing: Listing) {
    this.#task = task;
    const most = task.shape.lister.page_size;
    this.#pageSize = new PageSize(Math.min(most, task.limit ?? most));
    this.#listing = listing;
  }

  async *outputs(): AsyncGenerator<SourceOutput> {
    const { stream, stateOf } = this.#task;
    let hasSent = false;
    for (const range of this.#listing.ranges) this.#start(this.#walk(range));
    while (this.#running.size > 0) {
      const step = await Promise.race(this.#running.values());
      this.#running.delete(step.walk);
      const rows = this.#withinLimit(step.rows);
      const isLast = this.#task.limit !== undefined && (this.#listing.sent ?? 0) + rows.count >= this.#task.limit;
      // the next requests are on their way before these records are
      const left = isLast ? [] : this.#goOn(step);
      if (rows.count > 0) {
        // or a read that ends behind the first records would begin anew, and the deletes in between be missed
        if (!hasSent) yield { type: "state", stream, data: stateOf(this.#listing) };
        hasSent = true;
        yield { type: "lines", stream, ...rows, release: () => this.#release(step.page) };
      } else {
        this.#release(step.page);
      }
      // the ranges of requests under way stay as they are: of those nothing was sent yet
      const ranges = isLast
        ? []
        : this.#listing.ranges.flatMap((range) => (range === step.walk.range ? left : [range]));
      const { sent } = this.#listing;
      this.#listing = { ...this.#listing, ranges, ...(sent === undefined ? {} : { sent: sent + rows.count }) };
      if (isLast) return;
      if (ranges.length > 0) yield { type: "state", stream, data: stateOf(this.#listing) };
    }
  }

  /** Starts what follows from a page and yields the ranges that replace the one that it was read from. */
  #goOn({ walk, page, refusal }: Step): Range[] {
    const advance = walk.advance(page, refusal);
    if (page !== undefined) this.#spans.add(advance.span);
    const { next } = advance;
    if (next === undefined) return [];
    const parts = this.#parts(next, advance);
    const [first = next, ...others] = parts;
    this.#start(walk.continued(first, page));
    for (const range of others) this.#start(this.#walk(range));
    return parts;
  }

  #parts(next: Range, { span }: Advance): Range[] {
    const { slots, concurrency, limit, shape } = this.#task;
    // the slot of the page that just came is idle, too, and so may be those of pages that wait for their turn here
    const isShort = slots.idle > 1 && this.#running.size + 1 < concurrency;
    const isWanted = isShort && shape.lister.created_field !== null && limit === undefined;
    const at = isWanted ? this.#spans.splitPoint(next, { lastSpan: span, workers: concurrency }) : undefined;
    const parts = at === undefined ? undefined : splitRange(next, at);
    return parts === undefined ? [next] : [parts.newer, parts.older];
  }

  #walk(range: Range): Walk {
    const { stream, shape } = this.#task;
    const { path, created_field: field } = shape.lister;
    // items are listed in the order of `created`; another field may contradict it
    return new Walk(range, { path, stream, isOrdered: field === "created" });
  }

  #start(walk: Walk): void {
    const step = this.#task.slots.run(() => this.#step(walk));
    // awaited in its turn, unless another one failed first
    step.catch(() => {});
    this.#running.set(walk, step);
  }

  async #step(walk: Walk): Promise<Step> {
    const page = await this.#page(walk.range);
    if (page instanceof StripeApiError) return { walk, page: undefined, refusal: page, rows: NO_ROWS };
    return { walk, page, rows: await this.#task.shape.pageRows(page, walk.fresh(page.items)) };
  }

  /** Resolves to a page, or to what says that the object or address that it would begin behind is gone. */
  async #page(range: Range): Promise<StampedPage | StripeApiError> {
    const { client, memory, shape } = this.#task;
    const { lister, framing } = shape;
    const request = { ...listRequest(shape, range), framing, memory: memory.lend() };
    // the address of a page has a size of its own
    const isSized = lister.paged && (range.cursor === null || lister.pagination !== "v2_page_token");
    try {
      return await client.list({ ...request, ...(isSized ? { pageSize: this.#pageSize } : {}) });
    } catch (error) {
      if (range.cursor !== null && error instanceof StripeApiError && isCursorGone(error, lister)) return error;
      throw error;
    }
  }

  /** The memory of a page is free once its records are printed, which may be views of it. */
  #release(page: StampedPage | undefined): void {
    if (page !== undefined) this.#task.memory.takeBack(page.memory);
  }

  #withinLimit(rows: Rows): Rows {
    const { limit } = this.#task;
    const left = limit === undefined ? Infinity : limit - (this.#listing.sent ?? 0);
    if (rows.count <= left) return rows;
    let end = 0;
    for (let line = 0; line < left; line += 1) end = rows.bytes.indexOf(0x0a, end) + 1;
    return { bytes: rows.bytes.subarray(0, end), count: left };
  }
}

/** Version 2 of the API does not say what is wrong with the address of a page. */
function isCursorGone({ reaction, status }: StripeApiError, { pagination }: StripeStream): boolean {
  if (reaction === "cursor_gone") return true;
  return pagination === "v2_page_token" && (status === 400 || status === 404);
}
