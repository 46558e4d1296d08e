import { useEffect, useState } from "react";
import type { QueryResult, ResultColumn } from "../sql/result.ts";
import { arrived, type TailRows } from "./tail-rows.ts";
import type { DataTable } from "./use-data-tables.ts";

/** What is known of a table that is watched. */
export type Tail = Pick<QueryResult, "rows"> & {
  columns?: readonly ResultColumn[];
  fresh: number;
  /** Whether so many rows changed at once that some of them were left out. */
  isCut: boolean;
  /** Whether the server cannot or will not tell more for now. */
  isRefused: boolean;
};

const NOTHING_YET: Tail = { rows: [], fresh: 0, isCut: false, isRefused: false };
const RETRY_MS = 2_000;
const MOST_RETRY_MS = 15_000;

/**
 * Yields the newest rows of a table, the newest first, and keeps them current. A connection that breaks is made anew, by
 * the browser, and after an answer that refuses it by us, since that may pass.
 */
export function useTail(pipelineId: string, { schema, name, keys }: DataTable): Tail {
  const [tail, setTail] = useState<Tail>(NOTHING_YET);
  const key = keys.join("\0");
  useEffect(() => {
    const query = new URLSearchParams({ schema, table: name });
    let events: EventSource;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let waitMs = RETRY_MS;
    let places: number[] = [];
    const open = () => {
      events = new EventSource(`/v1/pipelines/${encodeURIComponent(pipelineId)}/data/tail?${query}`);
      events.addEventListener("columns", ({ data }: MessageEvent<string>) => {
        const { columns } = JSON.parse(data) as { columns: ResultColumn[] };
        places = key.split("\0").map((each) => columns.findIndex((column) => column.name === each));
        waitMs = RETRY_MS;
        // after a break all is told anew
        setTail({ ...NOTHING_YET, columns });
      });
      events.addEventListener("rows", ({ data }: MessageEvent<string>) => {
        const { rows, more } = JSON.parse(data) as { rows: TailRows; more: boolean };
        setTail((before) => ({
          ...before,
          rows: arrived(before.rows, rows, places),
          // the first ones were there already
          fresh: before.rows.length === 0 ? 0 : rows.length,
          isCut: before.isCut || more,
        }));
      });
      events.addEventListener("error", () => {
        if (events.readyState !== EventSource.CLOSED) return;
        setTail((before) => ({ ...before, isRefused: true }));
        timer = setTimeout(open, waitMs);
        waitMs = Math.min(2 * waitMs, MOST_RETRY_MS);
      });
    };
    open();
    return () => {
      clearTimeout(timer);
      events.close();
    };
  }, [pipelineId, schema, name, key]);
  return tail;
}
