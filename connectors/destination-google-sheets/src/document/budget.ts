import { SluiceError } from "@sluice/protocol";
import type { Config } from "../config.ts";

/** Google's limits of one file. */
const MOST_TABS = 200;
const MOST_COLUMNS = 18_278;

/** What a stream adds to a file. */
export type Need = { stream: string; rows: number; columns: number; cells: number };

/** What a file has and what a plan adds. */
export type Sum = { title: string; cells: number; tabs: number; newTabs: number; needs: readonly Need[] };

/** Throws `config`, with the numbers and what to leave out, when a plan does not fit a file. */
export function assertFits({ title, cells, tabs, newTabs, needs }: Sum, config: Config): void {
  if (tabs + newTabs > MOST_TABS)
    throw new SluiceError(
      "config",
      `The file "${title}" has ${tabs} tabs and would need ${newTabs} more, but Google allows ${MOST_TABS}; leave out ${tabs + newTabs - MOST_TABS} streams, or use another file for them.`,
    );
  const wide = needs.find(({ columns }) => columns > MOST_COLUMNS);
  if (wide !== undefined)
    throw new SluiceError(
      "config",
      `The stream "${wide.stream}" has ${wide.columns} columns, but Google allows ${MOST_COLUMNS}; select fewer with "fields".`,
    );
  const more = needs.reduce((sum, need) => sum + need.cells, 0);
  const budget = config.cells_budget;
  if (cells + more <= budget) return;
  const largest = needs.toSorted((one, other) => other.cells - one.cells);
  const left: string[] = [];
  let rest = cells + more;
  for (const { stream, rows, columns, cells: own } of largest) {
    if (rest <= budget) break;
    rest -= own;
    left.push(`"${stream}" (${rows} rows of ${columns} columns, ${own} cells)`);
  }
  throw new SluiceError(
    "config",
    `The file "${title}" has ${cells} cells and the streams need ${more} more, ${cells + more} in all, but cells_budget allows ${budget}; leave out ${left.join(", ")}, or select fewer of their columns with "fields" or fewer rows with "limit".`,
  );
}

/** Yields the failure of a tab that has to grow beyond the budget while records come. */
export function overBudget(options: {
  stream: string;
  tab: string;
  rows: number;
  columns: number;
  cells: number;
  budget: number;
}): SluiceError {
  const { stream, tab, rows, columns, cells, budget } = options;
  return new SluiceError(
    "config",
    `The stream "${stream}" needs ${rows} rows of ${columns} columns in the tab "${tab}", with which the file would have ${cells} cells, but cells_budget allows ${budget}; what is written stays. Select fewer columns with "fields", fewer rows with "limit", or leave streams out.`,
    { stream },
  );
}
