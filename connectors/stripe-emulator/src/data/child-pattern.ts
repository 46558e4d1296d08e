/**
 * How many children each parent of a run has; the run repeats for ever. Children are numbered through in the order of
 * their parents, so that number and parent follow from each other without counting.
 */
export type ChildPattern = readonly number[];

/** Children per parent where nothing else is said. */
export const DEFAULT_PATTERN: ChildPattern = [2, 0, 1];
/** Most subscriptions have an item or two. */
export const SUBSCRIPTION_ITEMS: ChildPattern = [1, 2, 1, 1, 3, 1, 1, 2];
/** One invoice in eight has more lines than an invoice shows in itself, one in sixteen more than two pages of ten. */
export const INVOICE_LINES: ChildPattern = [1, 2, 1, 3, 1, 12, 1, 2, 4, 1, 1, 2, 1, 25, 1, 2];
/** Value lists hold many short items. */
export const VALUE_LIST_ITEMS: ChildPattern = [3, 14, 0];

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

/** Yields how many children this many parents have together. */
export function childTotal(pattern: ChildPattern, parents: number): number {
  const runs = Math.floor(parents / pattern.length);
  return runs * sum(pattern) + sum(pattern.slice(0, parents % pattern.length));
}

/** Yields the numbers of a parent's children: from, and up to but not including. */
export function childRange(pattern: ChildPattern, parent: number): [from: number, to: number] {
  return [childTotal(pattern, parent), childTotal(pattern, parent + 1)];
}

/** Yields the parent of a child. */
export function parentOfChild(pattern: ChildPattern, child: number): number {
  const perRun = sum(pattern);
  let parent = Math.floor(child / perRun) * pattern.length;
  let before = child % perRun;
  for (const count of pattern) {
    if (before < count) break;
    before -= count;
    parent += 1;
  }
  return parent;
}
