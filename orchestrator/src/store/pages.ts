/** The sort keys of an item as texts: a page begins behind it. */
export type Cursor = readonly string[];
/** Which page of a list: behind a cursor or from the beginning, and how long. */
export type PageRequest = { after: Cursor | undefined; limit: number };
/** One page of a list; `next` is where the next one begins, null on the last. */
export type PageOf<Item> = { items: Item[]; next: Cursor | null };

/** Yields a page of the rows that were found when one more than fits was asked for: that one tells of a next page. */
export function pageOf<Item>(found: readonly Item[], limit: number, keysOf: (item: Item) => Cursor): PageOf<Item> {
  const items = found.slice(0, limit);
  const last = found.length > limit ? items.at(-1) : undefined;
  return { items, next: last === undefined ? null : keysOf(last) };
}
