import { useEffect, useState } from "react";
import type { QueryResult, ResultColumn } from "../sql/result.ts";
import { arrived, type TailRows } from "./tail-rows.ts";
import type { DataTable } from "./use-data-tables.ts";

/** What is known of a table that is watched; `isEnded` when the server refuses to go on. */
export type Tail = Pick<QueryResult, "rows"> & { columns?: readonly ResultColumn[]; fresh: number; isEnded: boolean };

/** Yields the newest rows of a table, the newest first, and keeps them current; the browser connects anew by itself. */
export function useTail(pipelineId: string, { schema, name, keys }: DataTable): Tail {
  const [tail, setTail] = useState<Tail>({ rows: [], fresh: 0, isEnded: false });
  const key = keys.join("\0");
  useEffect(() => {
    const query = new URLSearchParams({ schema, table: name });
    const events = new EventSource(`/v1/pipelines/${encodeURIComponent(pipelineId)}/data/tail?${query}`);
    let places: number[] = [];
    events.addEventListener("columns", ({ data }: MessageEvent<string>) => {
      const { columns } = JSON.parse(data) as { columns: ResultColumn[] };
      places = key.split("\0").map((each) => columns.findIndex((column) => column.name === each));
      // after a break all is told anew
      setTail({ columns, rows: [], fresh: 0, isEnded: false });
    });
    events.addEventListener("rows", ({ data }: MessageEvent<string>) => {
      const { rows } = JSON.parse(data) as { rows: TailRows };
      setTail((before) => ({
        ...before,
        rows: arrived(before.rows, rows, places),
        // the first ones were there already
        fresh: before.rows.length === 0 ? 0 : rows.length,
      }));
    });
    events.addEventListener("error", () => {
      if (events.readyState === EventSource.CLOSED) setTail((before) => ({ ...before, isEnded: true }));
    });
    return () => events.close();
  }, [pipelineId, schema, name, key]);
  return tail;
}
