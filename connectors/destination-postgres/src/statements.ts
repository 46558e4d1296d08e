import { appendRecords } from "./sql/append-sql.ts";
import { closeVersions, keepDeletes, keepVersions } from "./sql/history-sql.ts";
import { mergeDeletes, mergeUpserts } from "./sql/merge-sql.ts";
import type { Target } from "./sql/target.ts";

/** The statements by which a table's records are stored. */
export type Statements =
  | { layout: "merge"; upserts: string; deletes: string }
  | { layout: "history"; upserts: string; deletes: string; close: string }
  | { layout: "append"; append: string };

/** Yields the statements for a table, by its layout. */
export function statementsOf(target: Target): Statements {
  switch (target.table.layout) {
    case "merge":
      return { layout: "merge", upserts: mergeUpserts(target), deletes: mergeDeletes(target) };
    case "history":
      return {
        layout: "history",
        upserts: keepVersions(target),
        deletes: keepDeletes(target),
        close: closeVersions(target),
      };
    case "append":
      return { layout: "append", append: appendRecords(target) };
  }
}
