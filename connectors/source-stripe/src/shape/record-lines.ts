import { RECORD_LINE_TAIL, recordLineHead } from "@sluice/protocol/stdio";

/** Record lines of one stream. */
export type Rows = { bytes: Buffer; count: number };
/** What rows are told to belong to: their stream, and the account whose id is spliced in as their first member. */
export type RowOwner = { stream: string; account: string | undefined };
type RowHead = RowOwner & { op?: "upsert" | "delete"; version: number };

export const NO_ROWS: Rows = { bytes: Buffer.alloc(0), count: 0 };
const TAIL = Buffer.from(RECORD_LINE_TAIL);
const COMMA = Buffer.from(",");

/** Yields what frames the objects of a page as records: `version` is that of a page as of a second. */
export function recordFraming(owner: RowOwner, version: (asOf: number) => number) {
  const head = (asOf: number) => headOf({ ...owner, version: version(asOf) });
  return { tail: TAIL, head, opensObject: owner.account !== undefined };
}

/** Yields records with the same head, one for each object. */
export function recordLines(head: RowHead, objects: readonly Buffer[]): Rows {
  if (objects.length === 0) return NO_ROWS;
  const isOpen = head.account !== undefined;
  const start = isOpen ? Buffer.concat([headOf(head), COMMA]) : headOf(head);
  // behind a member that comes first, the rest of the object without its brace
  const parts = objects.flatMap((object) => [start, isOpen ? object.subarray(1) : object, TAIL]);
  return { bytes: Buffer.concat(parts), count: objects.length };
}

/** Yields the deletes of objects of which only the ids are known. */
export function deleteLines(head: Omit<RowHead, "op">, ids: Iterable<string>): Rows {
  const keys = [...ids].map((id) => Buffer.from(JSON.stringify({ id })));
  return recordLines({ ...head, op: "delete" }, keys);
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

function headOf({ stream, account, op = "upsert", version }: RowHead): Buffer {
  const head = recordLineHead({ stream, op, version, emittedAt: new Date().toISOString() });
  return Buffer.from(account === undefined ? head : `${head}{"account_id":${JSON.stringify(account)}`);
}
