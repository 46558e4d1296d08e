import { z } from "zod";
import type { EntryChange, Ledger } from "./ledger.ts";

const TabEntry = z.object({
  sheet_id: z.int(),
  /** Which header stands for which property, in the order in which they were added. */
  columns: z.array(z.tuple([z.string(), z.string()])),
  /** The last full refresh: whether it is in place, and where its rows are until then. */
  generation: z.object({ id: z.string(), is_placed: z.boolean(), staging_sheet_id: z.int().optional() }).optional(),
});
/** What the ledger keeps of a stream's tab. */
export type TabEntry = z.infer<typeof TabEntry>;

/** Yields the tab of each stream that has one. */
export function tabEntries(ledger: Ledger | undefined): Map<string, TabEntry> {
  const entries = new Map<string, TabEntry>();
  for (const [stream, text] of ledger?.all("tab") ?? []) {
    const parsed = TabEntry.safeParse(parse(text));
    // what a person has changed there counts as lost; the tab is found again by its header
    if (parsed.success) entries.set(stream, parsed.data);
  }
  return entries;
}

export function tabChange(stream: string, entry: TabEntry | undefined): EntryChange {
  return { kind: "tab", name: stream, text: entry === undefined ? undefined : JSON.stringify(entry) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // counts as lost, see above
    return undefined;
  }
}
