import type { Trial } from "../kit/check.ts";
import { Feed, numbered } from "../kit/feed.ts";
import type { Place } from "../kit/place.ts";
import type { OutputLine } from "../processes/output-line.ts";
import { comparableRows, expectGood, nextOf, resumePoint, rowDifference, type Ledger } from "./destination-runs.ts";

/** A load that was interrupted: what it printed until then, and how in words. */
export type Interrupted = { ledger: Ledger; lines: readonly OutputLine[]; what: string };

/** Goes on from where a destination says that it stands, and tells where the rows are not those of the whole load. */
export async function resumeAndCompare(
  trial: Trial,
  place: Place,
  { ledger, lines, what }: Interrupted,
): Promise<void> {
  const { subject } = trial;
  const { mode } = ledger.options;
  const catalogFile = await place.file("catalog.json", new Feed().catalog([numbered(ledger.stream, mode)]).text);
  await using writer = await place.writer(["--catalog", catalogFile]);
  const point = await resumePoint(subject, writer, lines);
  const from = point === undefined ? 0 : nextOf(point);
  await writer.write(ledger.feed(from, point === undefined ? [] : [point]).text);
  writer.endStdin();
  const told = `${what} and resumed from record ${from} on`;
  expectGood(trial, await writer.ended(), told);
  await compareLedger(trial, place, { ledger, repeatedFrom: from, what: told });
}

/** Tells where rows are missing, or come twice although they may not: behind `repeatedFrom` records were sent twice. */
export async function compareLedger(
  { subject, problem }: Trial,
  place: Place,
  { ledger, repeatedFrom, what }: { ledger: Ledger; repeatedFrom: number; what: string },
): Promise<void> {
  const isKept = (await subject.capabilities()).transactional_checkpoints === true;
  const { mode, count } = ledger.options;
  const found = await place.rows(ledger.stream);
  const wanted = comparableRows(subject, ledger.rows());
  // without checkpoints of its own it may repeat what came behind the last echo, unless it merges
  const counted = isKept || mode === "merge" ? found : [...new Set(found)];
  const differs = rowDifference(counted, wanted);
  if (differs !== undefined) problem(`${what}: ${differs}.`);
  const most = wanted.length + (count - repeatedFrom);
  if (found.length > most)
    problem(`${what}: ${found.length} rows where at most ${most} can come from records that were sent twice.`);
}
