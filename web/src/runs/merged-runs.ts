import type { Run } from "./run-words.ts";

type Page = { items: readonly Run[]; next_cursor: string | null };

/**
 * Yields runs, the newest first: as far as the newest page goes it alone counts, and what pages that are older knowledge
 * say of those behind it.
 */
export function mergedRuns(newest: Page, pages: readonly Pick<Page, "items">[]): Run[] {
  const last = newest.next_cursor === null ? undefined : newest.items.at(-1);
  if (last === undefined) return [...newest.items];
  const behind = pages.flatMap(({ items }) => items.filter(({ number }) => number < last.number));
  return [...newest.items, ...behind];
}
