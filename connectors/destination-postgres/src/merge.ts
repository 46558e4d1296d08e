import { SluiceError, type CommittedCounts, type Payload } from "@sluice/protocol";
import type { ClientBase, DatabaseError } from "pg";
import type { Batch } from "./batch.ts";
import { isDataError } from "./database-error.ts";
import type { MergeSql } from "./merge-sql.ts";

/** What became of the records of one batch. */
export type MergeResult = { counts: CommittedCounts; rejected: Payload<"rejected">[] };

type UpsertCounts = "superseded" | "stale" | "winners" | "written";
type RemoveCounts = "received" | "removed";
type Row<Name extends string> = Record<Name, string>;
type Part = { client: ClientBase; sql: MergeSql; stream: string };

/**
 * Resolves to what became of a batch, inside the transaction that the client is in.
 * Throws the database's error when a value is refused: then the transaction is to be repeated with `mergeCarefully`.
 */
export async function merge(part: Part, batch: Batch): Promise<MergeResult> {
  const counts = { received: batch.length, written: 0, skipped: 0, deleted: 0, rejected: 0 };
  const rejected = rejectUnkeyed(
    part.stream,
    batch.filter(({ problem }) => problem !== undefined),
  );
  counts.rejected = rejected.length;
  const upserts = batch.filter(({ op, problem }) => op === "upsert" && problem === undefined);
  if (upserts.length > 0) {
    const { rows } = await part.client.query<Row<UpsertCounts>>(part.sql.upsert, [
      upserts.dataParameter,
      ...upserts.headParameters,
    ]);
    const { superseded, stale, winners, written } = numbers(rows[0] as Row<UpsertCounts>);
    assertAllAnswered(part.stream, upserts.length, superseded + stale + winners);
    counts.written = written;
    // a row that another writer made newer between look-up and insert was not written either
    counts.skipped = superseded + stale + (winners - written);
  }
  const deletes = batch.filter(({ op, problem }) => op === "delete" && problem === undefined);
  if (deletes.length > 0) {
    const { rows } = await part.client.query<Row<RemoveCounts>>(part.sql.remove, deletes.headParameters);
    const { received, removed } = numbers(rows[0] as Row<RemoveCounts>);
    assertAllAnswered(part.stream, deletes.length, received);
    counts.deleted = removed;
    counts.skipped += received - removed;
  }
  return { counts, rejected };
}

/**
 * Resolves to what became of a batch of which some records are refused: it is halved until each of those stands alone,
 * is rejected with its reason, and the others are merged. Throws `protocol` for a record that is not JSON.
 */
export async function mergeCarefully(part: Part, batch: Batch): Promise<MergeResult> {
  await part.client.query("SAVEPOINT half");
  try {
    const result = await merge(part, batch);
    await part.client.query("RELEASE SAVEPOINT half");
    return result;
  } catch (error) {
    if (!isDataError(error)) throw error;
    await part.client.query("ROLLBACK TO SAVEPOINT half");
    await part.client.query("RELEASE SAVEPOINT half");
    if (batch.length === 1) return rejectOne(part.stream, batch, reasonOf(error));
  }
  const middle = batch.length >> 1;
  const first = await mergeCarefully(part, batch.slice(0, middle));
  const second = await mergeCarefully(part, batch.slice(middle, batch.length));
  return { counts: addCounts(first.counts, second.counts), rejected: [...first.rejected, ...second.rejected] };
}

/** Yields the sum of two counts. */
export function addCounts(one: CommittedCounts, other: CommittedCounts): CommittedCounts {
  return {
    received: one.received + other.received,
    written: one.written + other.written,
    skipped: one.skipped + other.skipped,
    deleted: one.deleted + other.deleted,
    rejected: one.rejected + other.rejected,
  };
}

function rejectUnkeyed(stream: string, batch: Batch): Payload<"rejected">[] {
  return Array.from({ length: batch.length }, (_, index) => {
    const { problem = "", data, lineNumber } = batch.at(index);
    return { stream, key: null, reason: problem, data: parseData({ stream, data, lineNumber }) };
  });
}

function rejectOne(stream: string, batch: Batch, reason: string): MergeResult {
  const { keys, data, lineNumber } = batch.at(0);
  const rejected = {
    stream,
    key: keys.length === 1 ? keys[0] : keys,
    reason,
    data: parseData({ stream, data, lineNumber }),
  };
  return { counts: { received: 1, written: 0, skipped: 0, deleted: 0, rejected: 1 }, rejected: [rejected] };
}

/** A record that is not JSON is the source's fault, and no value to be rejected. */
function parseData({ stream, data, lineNumber }: { stream: string; data: Buffer; lineNumber: number }): unknown {
  try {
    return JSON.parse(data.toString());
  } catch {
    // the parser's message would quote the record
    throw new SluiceError(
      "protocol",
      `Line ${lineNumber} of the input is a record of "${stream}" whose data is not valid JSON; the source must be fixed.`,
    );
  }
}

/** The database's own words without the value that they quote. */
function reasonOf(error: DatabaseError): string {
  const words = error.message.replace(/: ".*"$/s, "").replace(/"[^"]*" (is out of range)/s, "value $1");
  return `${words} (SQLSTATE ${error.code})`;
}

function assertAllAnswered(stream: string, sent: number, answered: number): void {
  if (sent === answered) return;
  throw new SluiceError(
    "protocol",
    `${sent} records of "${stream}" were sent to the database, which accounts for ${answered}; nothing of this batch is kept. Please report it.`,
  );
}

/** count() answers bigint, which comes as text. */
function numbers<Name extends string>(row: Row<Name>): Record<Name, number> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value)])) as Record<Name, number>;
}
