import { SluiceError, type CommittedCounts, type Payload } from "@sluice/protocol";
import type { ClientBase } from "pg";
import { queryWithArrays, type ArrayStatement } from "./array-query.ts";
import { NOTHING, addCounts, batchStatements } from "./batch-statements.ts";
import type { Batch, BatchRecord } from "./batch.ts";
import { isDataError, refusalOf } from "./database-error.ts";
import type { Statements } from "./statements.ts";

/** A record that Postgres refuses, and its version. */
export type Rejection = { message: Payload<"rejected">; keys: string[]; version: number | undefined };

/** What became of the records of one batch, and the places (`tid[]`) of rows that were appended. */
export type StoreResult = { counts: CommittedCounts; rejections: Rejection[]; places: string[] };

/** Where a batch goes: the statements of its table and the one that locks it, on a connection that is in a transaction. */
export type Destined = { client: ClientBase; lock: ArrayStatement; statements: Statements; stream: string };

const EMPTY: StoreResult = { counts: NOTHING, rejections: [], places: [] };

const SAVE: ArrayStatement = { text: "SAVEPOINT batch", parameters: [] };
const RELEASE: ArrayStatement = { text: "RELEASE SAVEPOINT batch", parameters: [] };

/**
 * Resolves to what became of a batch. One bad value does not cost its neighbours: a batch that Postgres refuses is
 * halved until each record that is to blame stands alone; that one is rejected with its reason, and the others are
 * stored. Throws `protocol` for a record that is not JSON.
 */
export async function storeBatch(to: Destined, batch: Batch): Promise<StoreResult> {
  if (batch.isPlain) return halve(to, batch);
  const keyed = batch.filter(({ problem }) => problem === undefined);
  const unkeyed = batch.filter(({ problem }) => problem !== undefined);
  const rejections = Array.from({ length: unkeyed.length }, (_, index) => {
    const record = unkeyed.at(index);
    return rejectionOf(to.stream, record, record.problem ?? "");
  });
  const counts = { ...NOTHING, received: unkeyed.length, rejected: unkeyed.length };
  return addResults({ counts, rejections, places: [] }, keyed.length === 0 ? EMPTY : await halve(to, keyed));
}

async function halve(to: Destined, batch: Batch): Promise<StoreResult> {
  try {
    return await storeAll(to, batch);
  } catch (error) {
    if (!isDataError(error)) throw error;
    await to.client.query("ROLLBACK TO SAVEPOINT batch; RELEASE SAVEPOINT batch");
    if (batch.length === 1) {
      const rejection = rejectionOf(to.stream, batch.at(0), refusalOf(error));
      return { counts: { ...NOTHING, received: 1, rejected: 1 }, rejections: [rejection], places: [] };
    }
  }
  const middle = batch.length >> 1;
  const first = await halve(to, batch.slice(0, middle));
  return addResults(first, await halve(to, batch.slice(middle, batch.length)));
}

function addResults(one: StoreResult, other: StoreResult): StoreResult {
  return {
    counts: addCounts(one.counts, other.counts),
    rejections: [...one.rejections, ...other.rejections],
    places: [...one.places, ...other.places],
  };
}

/** One round trip: what fails leaves the savepoint behind, to which the caller returns. */
async function storeAll({ client, lock, statements, stream }: Destined, batch: Batch): Promise<StoreResult> {
  const work = batchStatements(statements, { stream, batch });
  const [, , ...answers] = await queryWithArrays(client, lock, SAVE, ...work, RELEASE);
  const counts = work.map(({ counts: of }, index) => of(answers[index]?.[0])).reduce(addCounts, NOTHING);
  const { places } = answers[0]?.[0] ?? {};
  return { counts, rejections: [], places: typeof places === "string" ? [places] : [] };
}

function rejectionOf(stream: string, record: BatchRecord, reason: string): Rejection {
  const { version } = record;
  const keys = record.keys.map((bytes) => bytes.toString());
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
