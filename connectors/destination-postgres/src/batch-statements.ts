import { SluiceError, type CommittedCounts } from "@sluice/protocol";
import type { QueryResultRow } from "pg";
import type { ArrayStatement } from "./array-query.ts";
import type { Batch } from "./batch.ts";
import type { Statements } from "./statements.ts";

export const NOTHING: CommittedCounts = { received: 0, written: 0, skipped: 0, deleted: 0, rejected: 0 };

/** A statement, and what its answer says became of the records that it got. Throws `protocol` when it misses some. */
export type CountedStatement = ArrayStatement & { counts(answer: QueryResultRow | undefined): CommittedCounts };

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

/** Yields the statements that store a batch; where upserts and deletes are apart, the upserts come first. */
export function batchStatements(
  statements: Statements,
  { stream, batch }: { stream: string; batch: Batch },
): CountedStatement[] {
  if (statements.layout === "append") return [append(statements.append, { stream, batch })];
  const upserts = batch.isPlain ? batch : batch.filter(({ op }) => op === "upsert");
  const deletes = batch.isPlain ? undefined : batch.filter(({ op }) => op === "delete");
  const work: CountedStatement[] = [];
  if (upserts.length > 0) work.push(upsert(statements.upserts, { stream, batch: upserts }));
  if (deletes !== undefined && deletes.length > 0) work.push(remove(statements.deletes, { stream, batch: deletes }));
  if (statements.layout === "history")
    work.push({ text: statements.close, parameters: batch.keyParameters, counts: () => NOTHING });
  return work;
}

type Of = { stream: string; batch: Batch };

function append(text: string, { stream, batch }: Of): CountedStatement {
  const parameters = [batch.dataParameter, batch.versionsParameter, batch.deletesParameter];
  return {
    text,
    parameters,
    counts(answer) {
      const { received, deleted } = numbersOf<"received" | "deleted">(answer);
      assertAllAnswered(stream, batch.length, received);
      return { ...NOTHING, received, written: received - deleted, deleted };
    },
  };
}

function upsert(text: string, { stream, batch }: Of): CountedStatement {
  const parameters = [batch.dataParameter, batch.versionsParameter, ...batch.keyParameters];
  return {
    text,
    parameters,
    counts(answer) {
      const { received, winners, written } = numbersOf<"received" | "winners" | "written">(answer);
      assertAllAnswered(stream, batch.length, received);
      assertAllAnswered(stream, winners, written);
      return { ...NOTHING, received, written, skipped: received - written };
    },
  };
}

function remove(text: string, { stream, batch }: Of): CountedStatement {
  return {
    text,
    parameters: [batch.versionsParameter, ...batch.keyParameters],
    counts(answer) {
      const { received, removed } = numbersOf<"received" | "removed">(answer);
      assertAllAnswered(stream, batch.length, received);
      return { ...NOTHING, received, deleted: removed, skipped: received - removed };
    },
  };
}

function assertAllAnswered(stream: string, sent: number, answered: number): void {
  if (sent === answered) return;
  throw new SluiceError(
    "protocol",
    `${sent} records of "${stream}" were sent to the database, which accounts for ${answered}; nothing of this batch is kept. Please report it.`,
  );
}

/** count() answers bigint, which comes as text. */
function numbersOf<Name extends string>(row: QueryResultRow | undefined): Record<Name, number> {
  return Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, Number(value)])) as Record<
    Name,
    number
  >;
}
