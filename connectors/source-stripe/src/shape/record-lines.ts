import { RECORD_LINE_TAIL, recordLineHead } from "@sluice/protocol/stdio";

/** Record lines of one stream. */
export type Rows = { bytes: Buffer; count: number };
type RowHead = { stream: string; op?: "upsert" | "delete"; version: number };

export const NO_ROWS: Rows = { bytes: Buffer.alloc(0), count: 0 };
const TAIL = Buffer.from(RECORD_LINE_TAIL);

/** Yields what frames the objects of a page as records: `version` is that of a page as of a second. */
export function recordFraming(stream: string, version: (asOf: number) => number) {
  return { tail: TAIL, head: (asOf: number) => headOf({ stream, version: version(asOf) }) };
}

/** Yields records with the same head, one for each object. */
export function recordLines(head: RowHead, objects: readonly Buffer[]): Rows {
  if (objects.length === 0) return NO_ROWS;
  const start = headOf(head);
  return { bytes: Buffer.concat(objects.flatMap((object) => [start, object, TAIL])), count: objects.length };
}

/** Yields the deletes of objects of which only the ids are known. */
export function deleteLines({ stream, version }: Omit<RowHead, "op">, ids: Iterable<string>): Rows {
  const keys = [...ids].map((id) => Buffer.from(JSON.stringify({ id })));
  return recordLines({ stream, version, op: "delete" }, keys);
}

/** Yields several rows as one. */
export function joined(rows: readonly Rows[]): Rows {
  const [only] = rows;
  if (rows.length === 1 && only !== undefined) return only;
  return {
    bytes: Buffer.concat(rows.map(({ bytes }) => bytes)),
    count: rows.reduce((sum, { count }) => sum + count, 0),
  };
}

function headOf({ stream, op = "upsert", version }: RowHead): Buffer {
  return Buffer.from(recordLineHead({ stream, op, version, emittedAt: new Date().toISOString() }));
}
