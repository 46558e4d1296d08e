import { RECORD_LINE_TAIL, recordLineHead } from "@sluice/protocol/stdio";
import type { Page, PageItem } from "../page.ts";

/** Record lines of one stream. */
export type Rows = { bytes: Buffer; count: number };

const TAIL = Buffer.from(RECORD_LINE_TAIL);

/** Yields what frames the objects of a page as records of a stream: `version` is that of a page as of a second. */
export function recordFraming(stream: string, version: (asOf: number) => number) {
  return {
    tail: TAIL,
    head: (asOf: number) =>
      Buffer.from(recordLineHead({ stream, version: version(asOf), emittedAt: new Date().toISOString() })),
  };
}

/** Yields the lines of some items of a page. */
export function rowsOf({ lines, items }: Page, wanted: readonly PageItem[]): Rows {
  if (wanted.length === items.length) return { bytes: lines, count: items.length };
  return {
    bytes: Buffer.concat(wanted.map(({ start, end }) => lines.subarray(start, end))),
    count: wanted.length,
  };
}
