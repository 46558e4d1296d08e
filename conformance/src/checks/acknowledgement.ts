import type { Payload } from "@sluice/protocol";
import { canonicalJson } from "../exact/canonical.ts";
import { Feed, numbered } from "../kit/feed.ts";
import type { Check, Trial } from "../kit/check.ts";
import type { Place } from "../kit/place.ts";
import { echoes, payloads } from "../processes/output-line.ts";
import {
  anyMode,
  comparableRows,
  expectCode,
  expectGood,
  frozenAtEcho,
  isEcho,
  Ledger,
  nextOf,
  seenModes,
} from "./destination-runs.ts";

const DESTINATION = ["destination"] as const;

export const acknowledgementChecks: readonly Check[] = [
  {
    id: "A1",
    level: 1,
    kinds: DESTINATION,
    title: "echoes are states that were received, in their order, with nothing changed but epoch and committed",
    fix: "Keep the line of a state as it came, and add epoch and committed to its text; parse no number in it.",
    defect: "echoes a state that nobody sent",
    run: trueEchoes,
  },
  {
    id: "A2",
    level: 1,
    kinds: DESTINATION,
    title: "what an echo covers is stored: frozen at the echo, every record before it is found from outside",
    fix: "Echo behind COMMIT, or behind fsync; not behind a flush into a buffer.",
    defect: "echoes states as they come, and stores records at the end",
    run: durableEchoes,
  },
  {
    id: "A3",
    level: 1,
    kinds: DESTINATION,
    title: "counts add up, and one that does not agree ends the load before a commit",
    fix: "Count what arrives, compare with the state's records before COMMIT, exit 13 if they differ; put each record in one class.",
    defect: "leaves out every seventh record in silence",
    run: agreeingCounts,
  },
  {
    id: "A4",
    level: 1,
    kinds: DESTINATION,
    title: "states of streams in turn stand for their own stream, and a global state for all",
    fix: "Echo a global state only once the records of every stream before it are stored.",
    defect: "stores only the last stream at a global state",
    run: interleavedStates,
  },
];

async function trueEchoes(trial: Trial): Promise<void> {
  const { subject, problem, random } = trial;
  const place = await subject.newPlace();
  const mode = await anyMode(subject);
  const feed = new Feed().catalog([numbered("echoed", mode)]).started("echoed");
  const data = [
    '{"n":1.10,"big":9007199254740993}',
    '"text"',
    "null",
    '{"u":"\\u2028\u2028","e":1e400}',
    "[1,[2]]",
    '{"committed":{"x":1}}',
  ];
  for (let index = 0; index < 12; index += 1) {
    feed.record("echoed", { id: index, seq: index, sum: 0, text: "t" }, { version: 1 });
    if (random.below(3) > 0) feed.state("echoed", data[index % data.length]);
  }
  feed.state("echoed").complete("echoed");
  const ended = await place.write(feed);
  expectGood(trial, ended, "A load");
  const sent = new Map(
    feed.lines.filter((line) => line.startsWith('{"type":"state"')).map((line) => [seqOf(line), bare(line)]),
  );
  let last = 0;
  for (const line of ended.lines.filter(isEcho)) {
    const seq = seqOf(line.text);
    const original = sent.get(seq);
    if (original === undefined) problem(`It echoed state ${seq}, which nobody sent.`);
    else if (original !== bare(line.text)) problem(`It changed state ${seq} in its echo.`);
    if (seq <= last) problem(`It echoed state ${seq} behind state ${last}.`);
    last = seq;
  }
  if (last !== sent.size) problem(`The last state, ${sent.size}, was not echoed; the last echo was ${last}.`);
  const ends = payloads(ended.lines, "stream_status").filter(({ committed }) => committed !== undefined);
  if (ends.length !== 1) problem(`The complete was echoed ${ends.length} times, not once.`);
}

function seqOf(line: string): number {
  return (JSON.parse(line) as { state: Payload<"state"> }).state.seq;
}

/** The state without what a destination adds, with numbers to the digit. */
function bare(line: string): string {
  const message = JSON.parse(canonicalJsonKept(line)) as { state: Record<string, unknown> };
  const { epoch: _, committed: __, ...state } = message.state;
  return JSON.stringify(state);
}

/** Canonical JSON with each number as text, so that a parse does not round it. */
function canonicalJsonKept(line: string): string {
  return canonicalJson(line).replaceAll(
    /("(?:[^"\\]|\\.)*")|(-?\d+(?:e-?\d+)?)/g,
    (all, text: string | undefined) => text ?? `"${all}"`,
  );
}

async function durableEchoes(trial: Trial): Promise<void> {
  const { subject, random } = trial;
  for (const mode of await seenModes(subject)) {
    // intervals that do not divide a batch, because those that do hide the fault
    for (const interval of [random.between(1, 3), random.between(5, 13), random.between(90, 130)]) {
      const count = interval * 3 + random.between(1, 20);
      const statesAt = new Set([1, 2, 3].map((nth) => nth * interval - 1));
      const ledger = new Ledger({ mode, count, keys: mode === "append" ? count : 7, statesAt });
      await freezeAtEchoes(trial, await subject.newPlace(), { ledger, freezes: random.between(1, 3) });
    }
  }
}

type Freezing = { ledger: Ledger; freezes: number };

/** Freezes a destination at the echo number `freezes`, and looks at what is stored; then lets it go on. */
async function freezeAtEchoes({ subject, problem }: Trial, place: Place, { ledger, freezes }: Freezing): Promise<void> {
  const { lines } = ledger.feed();
  const states = lines.flatMap((line, index) => (line.startsWith('{"type":"state"') ? [index + 1] : []));
  const cut = states[freezes - 1] ?? lines.length;
  await using writer = await place.writer();
  const { echo, thaw } = await frozenAtEcho(writer, {
    upTo: lines.slice(0, cut).join(""),
    rest: lines.slice(cut).join(""),
    matches: (line) => echoes([line]).some(({ seq }) => seq >= freezes),
  });
  const [state] = echoes(echo === undefined ? [] : [echo]);
  if (state === undefined) problem("No state was echoed.");
  else {
    const stored = new Set(await place.rows(ledger.stream));
    const covered = comparableRows(subject, ledger.rows(nextOf(state)));
    const isThere = (row: string) => stored.has(row) || (ledger.options.mode === "merge" && hasNewer(stored, row));
    const missing = covered.filter((row) => !isThere(row));
    if (missing.length > 0) {
      problem(
        `Frozen at the echo of state ${state.seq} in ${ledger.options.mode}, ${missing.length} of ${covered.length} rows that it covers are not stored.`,
      );
    }
  }
  const ended = await thaw();
  if (ended.code !== 0) problem(`After it was frozen and let go on, it ended with exit code ${ended.code}.`);
}

/** A later record of the same key may have taken the row's place already. */
function hasNewer(stored: ReadonlySet<string>, row: string): boolean {
  const { id, seq } = JSON.parse(row) as { id: number; seq: number };
  return [...stored].some((each) => {
    const other = JSON.parse(each) as { id: number; seq: number };
    return other.id === id && other.seq > seq;
  });
}

async function agreeingCounts(trial: Trial): Promise<void> {
  const { subject, problem } = trial;
  const mode = await anyMode(subject);
  const ledger = new Ledger({ mode, count: 23, keys: 23, statesAt: new Set([4, 13]) });
  const place = await subject.newPlace();
  const ended = await place.write(ledger.feed());
  expectGood(trial, ended, "A load");
  const ends = payloads(ended.lines, "stream_status").filter(({ committed }) => committed !== undefined);
  for (const { committed } of [...echoes(ended.lines), ...ends]) {
    const counts = committed?.[ledger.stream];
    if (counts === undefined) continue;
    const { received, written, skipped, deleted, rejected } = counts;
    if (received !== written + skipped + deleted + rejected)
      problem(`Of ${received} records received ${written + skipped + deleted + rejected} are accounted for.`);
  }
  const last = ends.at(-1)?.committed?.[ledger.stream];
  if (last?.received !== 23) problem(`It counted ${last?.received ?? "no"} records; 23 were sent.`);
  if (last !== undefined && (await place.rows(ledger.stream)).length !== last.written)
    problem("It counted more rows as written than there are.");

  const wrong = new Feed().catalog([numbered("wrong", mode)]).started("wrong");
  wrong.record("wrong", { id: 1, seq: 1, sum: 0, text: "t" }, { version: 1 }).state("wrong");
  wrong.record("wrong", { id: 2, seq: 2, sum: 0, text: "t" }, { version: 2 }).state("wrong").complete("wrong");
  const miscounted = wrong.lines.map((line) =>
    line.includes('"seq":2,"scope"') ? line.replace('{"wrong":2}', '{"wrong":3}') : line,
  );
  const place2 = await subject.newPlace();
  await using writer = await place2.writer();
  await writer.write(miscounted.join(""));
  writer.endStdin();
  const refused = await writer.ended();
  expectCode(trial, refused, { codes: [13], what: "Of a state that counts a record too many" });
  if (echoes(refused.lines).some(({ seq }) => seq > 1)) problem("It echoed a state whose count does not agree.");
}

async function interleavedStates(trial: Trial): Promise<void> {
  const { subject, problem, random } = trial;
  const mode = await anyMode(subject);
  const names = ["first", "second", "third"];
  const place = await subject.newPlace();
  const feed = new Feed().catalog(names.map((name) => numbered(name, mode)));
  for (const name of names) feed.started(name);
  const coveredBy = new Map<number, Map<string, number>>();
  let seq = 0;
  for (let index = 0; index < 45; index += 1) {
    // right before a global state each stream has a record that no state of its own covers
    const untilGlobal = 14 - (index % 15);
    const name = names[untilGlobal] ?? random.pick(names);
    feed.record(name, { id: feed.countOf(name), seq: index, sum: 0, text: "t" }, { version: index + 1 });
    const isGlobal = untilGlobal === 0;
    if (!isGlobal && (untilGlobal < names.length || random.below(4) > 0)) continue;
    seq += 1;
    feed.state(isGlobal ? undefined : name);
    const covered = isGlobal ? names : [name];
    coveredBy.set(seq, new Map(covered.map((each) => [each, feed.countOf(each)])));
  }
  const upTo = feed.lines.findIndex((line) => line.includes('"scope":"global"')) + 1;
  for (const name of names) feed.state(name);
  feed.complete(...names);
  await using writer = await place.writer();
  const { echo, thaw } = await frozenAtEcho(writer, {
    upTo: feed.lines.slice(0, upTo).join(""),
    rest: feed.lines.slice(upTo).join(""),
    matches: (line) => echoes([line]).some(({ scope }) => scope === "global"),
  });
  const [state] = echo === undefined ? [] : echoes([echo]);
  if (state === undefined) problem("No global state was echoed.");
  for (const [name, count] of coveredBy.get(state?.seq ?? -1) ?? []) {
    const stored = await place.rows(name);
    if (stored.length < count)
      problem(
        `Frozen at the echo of a global state, "${name}" has ${stored.length} rows of the ${count} that it covers.`,
      );
  }
  expectGood(trial, await thaw(), "Of states in turn");
  for (const name of names) {
    const stored = (await place.rows(name)).length;
    if (stored !== feed.countOf(name)) problem(`In the end "${name}" has ${stored} rows of ${feed.countOf(name)}.`);
  }
}
