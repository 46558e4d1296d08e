import type { Range } from "../range.ts";

/** A range that is worth cutting gives each part at least so many pages, of which the last is half empty. */
const LEAST_PAGES = 8;
const LEAST_PAGES_BETWEEN = 3 * LEAST_PAGES;
/** The first two pages tell whether there is enough to share. */
const FIRST_PAGES = 2;

/** What the pages of one listing have told about how many seconds a page spans. */
export class PageSpans {
  #pages = 0;
  #seconds = 0;

  /** Takes note of a page that spans so many seconds of its range, empty ones above it included. */
  add(seconds: number): void {
    this.#pages += 1;
    this.#seconds += seconds;
  }

  /**
   * Yields the second at which to cut a range whose last page spanned `lastSpan` seconds, so that another request can
   * read the older part; undefined where that would cost more than it gains. `workers` is how many may share the list.
   */
  splitPoint(range: Range, { lastSpan, workers }: { lastSpan: number; workers: number }): number | undefined {
    if (range.cursor_created === null || this.#pages < FIRST_PAGES) return undefined;
    // a burst must not hide how thin the rest is, nor the rest how dense the burst
    const secondsPerPage = Math.max(1, lastSpan, this.#seconds / this.#pages);
    const pagesLeft = (range.cursor_created - (range.gte ?? 0)) / secondsPerPage;
    // below a range without an end something is likely to be left, between two times perhaps nothing
    if (pagesLeft < (range.gte === null ? LEAST_PAGES : LEAST_PAGES_BETWEEN)) return undefined;
    // the longer the list turns out to be, the larger the parts, for each costs half a page
    const share = Math.max(LEAST_PAGES, Math.floor(this.#pages / workers));
    const pages = Math.min(share, pagesLeft / 2);
    return Math.floor(range.cursor_created - pages * secondsPerPage);
  }
}
