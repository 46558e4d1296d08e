import { SluiceError, type CommittedCounts, type Payload } from "@sluice/protocol";
import type { ClientBase, QueryResultRow } from "pg";
import type { Batch, BatchRecord } from "./batch.ts";
import { isDataError, refusalOf } from "./database-error.ts";
import type { Statements } from "./statements.ts";

/** A record that Postgres refuses, and its version. */
export type Rejection = { message: Payload<"rejected">; keys: string[]; version: number | undefined };

/** What became of the records of one batch. */
export type StoreResult = { counts: CommittedCounts; rejections: Rejection[] };

/** Where a batch goes: the statements of its table, on a connection that is in a transaction. */
export type Destined = { client: ClientBase; statements: Statements; stream: string };

export const NOTHING: CommittedCounts = { received: 0, written: 0, skipped: 0, deleted: 0, rejected: 0 };

/**
 * Resolves to what became of a batch. One bad value does not cost its neighbours: a batch that Postgres refuses is
 * halved until each record that is to blame stands alone; that one is rejected with its reason, and the others are
 * stored. Throws `protocol` for a record that is not JSON.
 */
export async function storeBatch(to: Destined, batch: Batch): Promise<StoreResult> {
  const keyed = batch.filter(({ problem }) => problem === undefined);
  const unkeyed = batch.filter(({ problem }) => problem !== undefined);
  const rejections = Array.from({ length: unkeyed.length }, (_, index) => {
    const record = unkeyed.at(index);
    return rejectionOf(to.stream, record, record.problem ?? "");
  });
  const counts = { ...NOTHING, received: unkeyed.length, rejected: unkeyed.length };
  const stored = keyed.length === 0 ? { counts: NOTHING, rejections: [] } : await halve(to, keyed);
  return { counts: addCounts(counts, stored.counts), rejections: [...rejections, ...stored.rejections] };
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

async function halve(to: Destined, batch: Batch): Promise<StoreResult> {
  await to.client.query("SAVEPOINT batch");
  try {
    const counts = await storeAll(to, batch);
    await to.client.query("RELEASE SAVEPOINT batch");
    return { counts, rejections: [] };
  } catch (error) {
    if (!isDataError(error)) throw error;
    await to.client.query("ROLLBACK TO SAVEPOINT batch; RELEASE SAVEPOINT batch");
    if (batch.length === 1) {
      const rejection = rejectionOf(to.stream, batch.at(0), refusalOf(error));
      return { counts: { ...NOTHING, received: 1, rejected: 1 }, rejections: [rejection] };
    }
  }
  const middle = batch.length >> 1;
  const first = await halve(to, batch.slice(0, middle));
  const second = await halve(to, batch.slice(middle, batch.length));
  return { counts: addCounts(first.counts, second.counts), rejections: [...first.rejections, ...second.rejections] };
}

async function storeAll({ client, statements, stream }: Destined, batch: Batch): Promise<CommittedCounts> {
  if (statements.layout === "append") {
    const parameters = [batch.dataParameter, batch.versions, batch.deletes];
    const { received, deleted } = await counted<"received" | "deleted">(client, statements.append, parameters);
    assertAllAnswered(stream, batch.length, received);
    return { ...NOTHING, received, written: received - deleted, deleted };
  }
  const counts = { ...NOTHING, received: batch.length };
  const upserts = batch.filter(({ op }) => op === "upsert");
  if (upserts.length > 0) {
    const parameters = [upserts.dataParameter, upserts.versions, ...upserts.keyColumns];
    const answer = await counted<"received" | "winners" | "written">(client, statements.upserts, parameters);
    assertAllAnswered(stream, upserts.length, answer.received);
    assertAllAnswered(stream, answer.winners, answer.written);
    counts.written = answer.written;
    counts.skipped = answer.received - answer.written;
  }
  const deletes = batch.filter(({ op }) => op === "delete");
  if (deletes.length > 0) {
    const parameters = [deletes.versions, ...deletes.keyColumns];
    const answer = await counted<"received" | "removed">(client, statements.deletes, parameters);
    assertAllAnswered(stream, deletes.length, answer.received);
    counts.deleted = answer.removed;
    counts.skipped += answer.received - answer.removed;
  }
  if (statements.layout === "history") await client.query(statements.close, batch.keyColumns);
  return counts;
}

function rejectionOf(stream: string, record: BatchRecord, reason: string): Rejection {
  const { keys, version } = record;
  const key = keys.length === 0 ? null : keys.length === 1 ? keys[0] : keys;
  return { message: { stream, key, reason, data: parseData(stream, record) }, keys, version };
}

/** A record that is not JSON is the source's fault, and no value to be rejected. */
function parseData(stream: string, { data, lineNumber }: BatchRecord): unknown {
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

function assertAllAnswered(stream: string, sent: number, answered: number): void {
  if (sent === answered) return;
  throw new SluiceError(
    "protocol",
    `${sent} records of "${stream}" were sent to the database, which accounts for ${answered}; nothing of this batch is kept. Please report it.`,
  );
}

/** count() answers bigint, which comes as text. */
async function counted<Name extends string>(
  client: ClientBase,
  sql: string,
  parameters: unknown[],
): Promise<Record<Name, number>> {
  const { rows } = await client.query<QueryResultRow>(sql, parameters);
  return Object.fromEntries(Object.entries(rows[0] ?? {}).map(([name, value]) => [name, Number(value)])) as Record<
    Name,
    number
  >;
}
