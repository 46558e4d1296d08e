import type { DestinationMode } from "@sluice/protocol";
import type { Trial } from "../kit/check.ts";
import { Feed, numbered, type FeedStream } from "../kit/feed.ts";
import type { Place } from "../kit/place.ts";
import { NotApplicable, Problem } from "../kit/problem.ts";
import type { Subject } from "../kit/subject.ts";
import type { ConnectorProcess, Ended } from "../processes/connector-process.ts";
import { echoes, payloads, type OutputLine } from "../processes/output-line.ts";
import { lastWords } from "./source-runs.ts";

/** How long a destination may gather records that come no more before it commits what it has. */
const IDLE_MS = 2000;

type CheckedMode = "append" | "merge" | "overwrite";

/**
 * Resolves to the modes that a destination declares and that the kit can check, the simplest first, and never to none:
 * throws a Problem, because a check that went through no mode would have proved nothing.
 */
export async function modesOf(subject: Subject): Promise<[CheckedMode, ...CheckedMode[]]> {
  const declared = (await subject.capabilities()).modes ?? [];
  const [first, ...others] = (["append", "merge", "overwrite"] as const).filter((mode) => declared.includes(mode));
  if (first === undefined) throw new Problem('It declares none of append, merge and overwrite in "modes".');
  return [first, ...others];
}

/** Resolves to the mode for checks that any would do for. */
export async function anyMode(subject: Subject): Promise<DestinationMode> {
  return (await modesOf(subject))[0];
}

/** Resolves to the modes whose rows are seen as soon as they are committed; throws NotApplicable where there are none. */
export async function seenModes(subject: Subject): Promise<DestinationMode[]> {
  const modes = (await modesOf(subject)).filter((mode) => mode !== "overwrite");
  if (modes.length > 0) return modes;
  throw new NotApplicable("It declares overwrite only, whose rows are not seen before all are there.");
}

/** Resolves to the modes for checks that look at the rows of whole loads: those that gather, or else overwrite. */
export async function loadModes(subject: Subject): Promise<[DestinationMode, ...DestinationMode[]]> {
  const [first, ...others] = await modesOf(subject);
  return [first, ...others.filter((mode) => mode !== "overwrite")];
}

/** Throws NotApplicable unless the destination declares a mode. */
export async function onlyWithMode(subject: Subject, mode: CheckedMode): Promise<void> {
  if (!(await modesOf(subject)).includes(mode)) throw new NotApplicable(`It does not declare the mode ${mode}.`);
}

/** Resolves to a small load in any mode, with moments at which clocks in America/St_Johns change. */
export async function simpleLoad(subject: Subject, name = "moments"): Promise<{ feed: Feed; stream: string }> {
  const text = { type: "string" };
  const properties = { id: { type: "integer" }, at: { ...text, format: "date-time" }, name: text };
  const stream: FeedStream = {
    name,
    mode: await anyMode(subject),
    json_schema: { type: "object", properties },
    primary_key: ["id"],
  };
  const feed = new Feed().catalog([stream]).started(name);
  feed.record(name, { id: 1, at: "2026-03-08T05:30:00Z", name: "Iğdır I i" });
  feed.record(name, { id: 2, at: "2026-11-01T04:45:00.123456Z", name: "ß" });
  feed.record(name, { id: 3, at: "1969-12-31T23:59:59Z", name: "z" });
  return { feed: feed.state(name).complete(name), stream: name };
}

/** Yields how rows differ from what they should be, in a sentence; undefined when they do not. All are canonical. */
export function rowDifference(found: readonly string[], wanted: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const row of wanted) counts.set(row, (counts.get(row) ?? 0) + 1);
  for (const row of found) counts.set(row, (counts.get(row) ?? 0) - 1);
  const missing = [...counts].filter(([, count]) => count > 0);
  const surplus = [...counts].filter(([, count]) => count < 0);
  const told = [
    ...(missing.length > 0 ? [`${sum(missing)} missing, such as ${short(missing[0]?.[0])}`] : []),
    ...(surplus.length > 0 ? [`${-sum(surplus)} too many, such as ${short(surplus[0]?.[0])}`] : []),
  ];
  return told.length === 0 ? undefined : `of ${wanted.length} rows ${told.join("; ")}`;
}

function sum(entries: readonly (readonly [string, number])[]): number {
  return entries.reduce((total, [, count]) => total + count, 0);
}

function short(row = ""): string {
  return row.length > 160 ? `${row.slice(0, 160)}…` : row;
}

/** Yields values as the kit compares rows. */
export function comparableRows(subject: Subject, rows: readonly unknown[]): string[] {
  return rows.map((row) => subject.comparable(typeof row === "string" ? row : JSON.stringify(row)));
}

/** Tells where the rows of a stream are not what they should be. */
export async function expectRows(
  { subject, problem }: Trial,
  place: Place,
  { stream, rows, what }: { stream: string; rows: readonly unknown[]; what: string },
): Promise<void> {
  const differs = rowDifference(await place.rows(stream), comparableRows(subject, rows));
  if (differs !== undefined) problem(`${what}: ${differs}.`);
}

/** Tells where a write ended otherwise than with these exit codes. */
export function expectCode({ problem }: Trial, ended: Ended, { codes, what }: { codes: number[]; what: string }): void {
  if (codes.includes(ended.code)) return;
  problem(`${what}: it ended with exit code ${ended.code}, not ${codes.join(" or ")}: ${lastWords(ended)}`);
}

/** Tells where a write that should have gone well did not. */
export function expectGood(trial: Trial, ended: Ended, what: string): void {
  expectCode(trial, ended, { codes: [0], what });
}

/** Yields the record number `index` of the ledger: each has a number and the sum of its key up to there. */
function ledgerRow(index: number, keys: number): { id: number; seq: number; sum: number; text: string } {
  const id = index % keys;
  const turns = Math.floor(index / keys);
  // 0 + keys + 2 keys + … of this id, plus the id each time
  const total = ((turns * (turns + 1)) / 2) * keys + (turns + 1) * id;
  return { id, seq: index, sum: total, text: `entry ${index}` };
}

export type LedgerOptions = { mode: DestinationMode; count: number; keys: number; statesAt: ReadonlySet<number> };

/** A load whose every record can be told from every other, with states where a check wants them. */
export class Ledger {
  readonly stream = "ledger";
  readonly options: LedgerOptions;

  constructor(options: LedgerOptions) {
    this.options = options;
  }

  /** Yields the lines from a record on, catalog first. */
  feed(from = 0, resumedFrom: readonly object[] = []): Feed {
    const { mode, count } = this.options;
    const feed = new Feed().catalog([numbered(this.stream, mode)], resumedFrom).started(this.stream);
    for (let index = from; index < count; index += 1) this.add(feed, index);
    return feed.state(this.stream, `{"next":${count}}`).complete(this.stream);
  }

  /** Adds a record, and the state behind it where there is one. */
  add(feed: Feed, index: number): void {
    const { mode, keys, statesAt } = this.options;
    feed.record(this.stream, ledgerRow(index, keys), mode === "append" ? {} : { version: index + 1 });
    if (statesAt.has(index)) feed.state(this.stream, `{"next":${index + 1}}`);
  }

  /** Yields the rows that the first `count` records leave. */
  rows(count: number = this.options.count): object[] {
    const { mode, keys } = this.options;
    const all = Array.from({ length: count }, (_, index) => ledgerRow(index, keys));
    return mode === "append" ? all : [...new Map(all.map((row) => [row.id, row])).values()];
  }
}

/** Yields how many records a state of the ledger covers. */
export function nextOf(state: { data?: unknown }): number {
  return Number(Object(state.data).next);
}

/** Yields the newest echo that a destination printed. */
function newestEcho(lines: readonly OutputLine[]) {
  return echoes(lines).at(-1);
}

/** Resolves to where a destination says that a write goes on: its own newest state, or else its newest echo. */
export async function resumePoint(subject: Subject, writer: ConnectorProcess, lines: readonly OutputLine[]) {
  const { transactional_checkpoints: isKept } = await subject.capabilities();
  if (isKept !== true) return newestEcho(lines);
  await writer.line((line) => payloads([line], "ready").length > 0);
  const [ready] = payloads(writer.lines, "ready");
  const newest = ready?.states.at(-1) as ReturnType<typeof newestEcho>;
  // an older refresh is no place to go on from in a newer one
  return newest?.generation_id === new Feed().generation ? newest : undefined;
}

/**
 * Sends lines up to a state, and freezes the destination at the first echo that matches; the rest is sent only where no
 * echo comes without it. Resolves to the echo, and to what lets the destination go on to its end.
 */
export async function frozenAtEcho(
  writer: ConnectorProcess,
  { upTo, rest, matches }: { upTo: string; rest: string; matches: (line: OutputLine) => boolean },
): Promise<{ echo: OutputLine | undefined; thaw: () => Promise<Ended> }> {
  await writer.write(upTo);
  const early = await writer.lineSoon(matches, IDLE_MS);
  const sending = early === undefined ? writer.write(rest) : undefined;
  const echo = early ?? (await writer.line(matches));
  writer.kill("SIGSTOP");
  const thaw = async () => {
    writer.kill("SIGCONT");
    await (sending ?? writer.write(rest));
    writer.endStdin();
    return writer.ended();
  };
  return { echo, thaw };
}

export function isEcho(line: OutputLine): boolean {
  return echoes([line]).length > 0;
}
