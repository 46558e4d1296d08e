import { SluiceError } from "@sluice/protocol";
import type { StripeApiError } from "../api-error.ts";
import type { PageItem } from "../object-copier.ts";
import { withoutCursor, type Range } from "../range.ts";
import type { StampedPage } from "../stripe-client.ts";

/** So often may a range be begun again without coming any further. */
const MAX_RESTARTS = 20;
/** And so often behind a refusal that may mean something else than that the place is gone. */
const MAX_DOUBTFUL_RESTARTS = 2;

/** What a page means for the range that it was read from. */
export type Advance = {
  /** The rest of the range; undefined when it was read to its end. */
  next: Range | undefined;
  /** The seconds from the newest that the page could have held to the oldest that it does hold. */
  span: number;
};

/** Follows one range from page to page, through the loss of cursors, without sending an object of a second twice. */
export class Walk {
  readonly range: Range;
  /** What a person is told when the place is lost. */
  readonly #list: { path: string; stream: string };
  /** Whether the list is in the order of its times, so that it can go on by time. */
  readonly #isOrdered: boolean;
  /** The ids of the cursor's second that were sent. */
  #recent: ReadonlySet<string> = new Set();
  #restarts = 0;

  constructor(range: Range, { isOrdered, ...list }: { path: string; stream: string; isOrdered: boolean }) {
    this.range = range;
    this.#list = list;
    this.#isOrdered = isOrdered;
  }

  /** Yields the items of a page that this walk has not sent yet. */
  fresh(items: readonly PageItem[]): readonly PageItem[] {
    if (this.#restarts === 0) return items;
    return items.filter(({ id }) => !this.#recent.has(id));
  }

  /**
   * Yields what follows from a page; undefined is one whose cursor is gone, as a refusal said. Throws `data` when the
   * place is lost, and the refusal when it does not say so in so many words and stays.
   */
  advance(page: StampedPage | undefined, refusal?: StripeApiError): Advance {
    const { range } = this;
    const last = page?.items.at(-1);
    if (page === undefined || last === undefined) {
      if (range.cursor === null) return { next: undefined, span: 0 };
      const isDoubtful = refusal !== undefined && refusal.reaction !== "cursor_gone";
      if (isDoubtful && this.#restarts >= MAX_DOUBTFUL_RESTARTS) throw refusal;
      // an empty page behind a cursor may have lost the rest of a second that is full
      if (this.#restarts >= MAX_RESTARTS)
        throw this.#lostPlace(`the object ${range.cursor} and others before it vanished`);
      const anew = this.#isOrdered ? withoutCursor(range) : { ...range, cursor: null, cursor_created: null };
      return { next: anew, span: 0 };
    }
    const top = range.cursor_created ?? (range.lt === null ? page.items[0]?.created : range.lt - 1);
    const span = Math.max(0, (top ?? 0) - (last.created ?? top ?? 0));
    if (!page.hasMore) return { next: undefined, span };
    const cursor = page.nextPage ?? last.id;
    if (cursor === range.cursor) throw this.#lostPlace(`the object ${last.id} was given behind itself`);
    return { next: { ...range, cursor, cursor_created: last.created ?? null }, span };
  }

  /** Yields the walk that goes on with the rest of this one's range, which `page` led to. */
  continued(next: Range, page: StampedPage | undefined): Walk {
    const walk = new Walk(next, { ...this.#list, isOrdered: this.#isOrdered });
    const isRestart = next.cursor === null;
    const last = page?.items.at(-1)?.created;
    // further than where it was begun anew, or at its first pages
    const hasMoved = this.#isOrdered && last !== undefined && last < (this.range.lt ?? Infinity) - 1;
    walk.#restarts = isRestart ? this.#restarts + 1 : hasMoved ? 0 : this.#restarts;
    walk.#recent = isRestart ? this.#recent : this.#recentOf(page?.items ?? [], last);
    return walk;
  }

  #recentOf(items: readonly PageItem[], second: number | undefined): ReadonlySet<string> {
    if (second === undefined) return new Set();
    const before = this.range.cursor_created === second || this.#restarts > 0 ? this.#recent : [];
    return new Set([...before, ...items.filter(({ created }) => created === second).map(({ id }) => id)]);
  }

  #lostPlace(why: string): SluiceError {
    const { path, stream } = this.#list;
    const message = `The list ${path} cannot be followed to its end: ${why}; the stream "${stream}" is not complete. Run it again, and report it if it stays.`;
    return new SluiceError("data", message);
  }
}
