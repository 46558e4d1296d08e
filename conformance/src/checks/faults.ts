import { setTimeout as sleep } from "node:timers/promises";
import { Feed, numbered } from "../kit/feed.ts";
import type { Check, Trial } from "../kit/check.ts";
import type { Place } from "../kit/place.ts";
import { NotApplicable } from "../kit/problem.ts";
import { echoes, payloads } from "../processes/output-line.ts";
import {
  comparableRows,
  expectGood,
  expectRows,
  isEcho,
  Ledger,
  modesOf,
  nextOf,
  rowDifference,
  seenModes,
} from "./destination-runs.ts";
import { resumeAndCompare } from "./interrupted-load.ts";

const DESTINATION = ["destination"] as const;
/** The generation of the refresh before the one that is killed. */
const OLDER = "2025-12-31T00:00:00.000Z";

export const faultChecks: readonly Check[] = [
  {
    id: "F1",
    level: 1,
    kinds: DESTINATION,
    title: "killed at a record, at a commit or at an echo, and resumed, it has lost nothing and doubled nothing",
    fix: "Commit rows and what you know of the state together, and echo afterwards; drop half a line that a crash has left.",
    defect: "echoes a state, and stores its records a moment later",
    run: killing,
  },
  {
    id: "F2",
    level: 1,
    kinds: DESTINATION,
    title:
      "the last part sent again, three times, changes nothing in merge, and is refused or nothing in append with checkpoints",
    fix: "Merge by key and version; with transactional checkpoints refuse a source that continues from an older state.",
    defect: "adds what is repeated",
    run: replaying,
  },
  {
    id: "F3",
    level: 2,
    kinds: DESTINATION,
    title: "a frozen writer that wakes up behind a newer one commits nothing",
    fix: "Take an epoch at the start of a write, and check it in the transaction of each commit.",
    defect: "does not check its epoch",
    run: zombie,
  },
];

const MOMENTS = { record: "at a record", commit: "at a commit", echo: "at an echo", complete: "behind a complete" };
type Moment = keyof typeof MOMENTS;
type Killing = { ledger: Ledger; at: Moment };

async function killing(trial: Trial): Promise<void> {
  const { random, subject } = trial;
  for (const mode of await modesOf(subject)) {
    const count = random.between(60, 90);
    const ledger = () => {
      const statesAt = new Set([random.between(5, 15), random.between(20, 35), random.between(40, 55)]);
      return new Ledger({ mode, count, keys: mode === "merge" ? 11 : count, statesAt });
    };
    if (mode === "overwrite") {
      const midway = random.pick(["record", "commit", "echo"] as const);
      for (const at of [midway, "complete"] as const) await killRefresh(trial, { ledger: ledger(), at });
      continue;
    }
    for (const at of ["record", "commit", "echo"] as const) {
      const killed = { ledger: ledger(), at };
      const place = await subject.newPlace();
      const lines = await killedWrite(trial, place, killed);
      await resumeAndCompare(trial, place, { ledger: killed.ledger, lines, what: inWords(killed) });
    }
  }
}

function inWords({ ledger, at }: Killing): string {
  return `Killed ${MOMENTS[at]} in ${ledger.options.mode}`;
}

/** Kills a refresh: the old rows are there, or behind its complete all of the new ones, and never some of both. */
async function killRefresh(trial: Trial, killed: Killing): Promise<void> {
  const { subject, problem } = trial;
  const { stream, options } = killed.ledger;
  const place = await subject.newPlace();
  const old = [1, 2, 3].map((number) => ({ id: number, seq: -number, sum: 0, text: "old" }));
  const before = new Feed(OLDER).catalog([numbered(stream, options.mode)]).started(stream);
  for (const row of old) before.record(stream, row, { version: 1 });
  expectGood(trial, await place.write(before.state(stream).complete(stream)), "The refresh before");
  const fresh = comparableRows(subject, killed.ledger.rows());
  const lines = await killedWrite(trial, place, killed);
  const found = await place.rows(stream);
  const differs = rowDifference(found, comparableRows(subject, old));
  const isNew = killed.at === "complete" && rowDifference([...new Set(found)], fresh) === undefined;
  if (differs !== undefined && !isNew)
    problem(`${inWords(killed)} the rows of the refresh before are not there: ${differs}.`);
  await resumeAndCompare(trial, place, { ledger: killed.ledger, lines, what: inWords(killed) });
}

/** Runs a write until it is killed; resolves to what it had printed. */
async function killedWrite({ random, problem }: Trial, place: Place, { ledger, at }: Killing) {
  const { count, statesAt } = ledger.options;
  await using writer = await place.writer();
  const feed = new Feed().catalog([numbered(ledger.stream, ledger.options.mode)]).started(ledger.stream);
  const states = [...statesAt].toSorted((one, other) => one - other);
  const nth = random.between(1, states.length);
  const state = states[nth - 1] ?? 1;
  const lastRecords = {
    record: random.between(states[0] ?? 1, count - 1),
    commit: state,
    echo: state,
    complete: count - 1,
  };
  const stopAt = lastRecords[at];
  for (let index = 0; index <= stopAt; index += 1) ledger.add(feed, index);
  if (at === "complete") feed.state(ledger.stream, `{"next":${count}}`).complete(ledger.stream);
  await writer.write(feed.text);
  if (at === "echo") {
    const wanted = stopAt + 1;
    const echo = await writer.line((line) => echoes([line]).some((state) => nextOf(state) === wanted));
    if (echo === undefined) problem(`The state behind record ${stopAt} was never echoed.`);
  } else if (at === "complete") {
    await writer.line((line) => echoes([line]).some((state) => nextOf(state) === count));
    await sleep(random.below(25));
  } else if (at === "commit") {
    // wherever in its commit that finds it
    await writer.line((line) => isEcho(line) || payloads([line], "ready").length > 0);
    await sleep(random.below(25));
  } else {
    await writer.line(isEcho);
  }
  writer.kill("SIGKILL");
  const ended = await writer.ended();
  if (ended.signal !== "SIGKILL")
    problem(`It had ended before it was killed, with exit code ${ended.code}: nothing is proved.`);
  return ended.lines;
}

async function replaying(trial: Trial): Promise<void> {
  const { subject, problem } = trial;
  const isKept = (await subject.capabilities()).transactional_checkpoints === true;
  const modes = (await seenModes(subject)).filter((mode) => mode === "merge" || isKept);
  if (modes.length === 0) throw new NotApplicable("It declares neither merge nor transactional checkpoints.");
  for (const mode of modes) {
    const count = 40;
    const ledger = new Ledger({ mode, count, keys: mode === "append" ? count : 9, statesAt: new Set([14, 29]) });
    const place = await subject.newPlace();
    const first = await place.write(ledger.feed());
    expectGood(trial, first, `In ${mode}`);
    const middle = echoes(first.lines).find((state) => nextOf(state) === 15) ?? echoes(first.lines)[0];
    if (middle === undefined) return problem("No state was echoed.");
    for (let turn = 1; turn <= 3; turn += 1) {
      const again = await place.write(ledger.feed(nextOf(middle), [middle]));
      if (mode === "merge") expectGood(trial, again, `Repeated in ${mode}`);
      await expectRows(trial, place, {
        stream: ledger.stream,
        rows: ledger.rows(),
        what: `Repeated ${turn} times in ${mode}`,
      });
    }
  }
}

async function zombie(trial: Trial): Promise<void> {
  const { subject, problem } = trial;
  const { fencing, transactional_checkpoints: isKept } = await subject.capabilities();
  if (fencing !== true || isKept !== true) throw new NotApplicable("It does not declare fencing.");
  for (const mode of await seenModes(subject)) {
    const ledger = new Ledger({ mode, count: 30, keys: mode === "append" ? 30 : 7, statesAt: new Set([9, 19]) });
    const place = await subject.newPlace();
    const feed = new Feed().catalog([numbered(ledger.stream, mode)]).started(ledger.stream);
    for (let index = 0; index < 10; index += 1) ledger.add(feed, index);
    await using old = await place.writer();
    await old.write(feed.taken());
    const echo = await old.line(isEcho);
    const [point] = echo === undefined ? [] : echoes([echo]);
    old.kill("SIGSTOP");
    const second = await place.write(ledger.feed(10, point === undefined ? [] : [point]));
    expectGood(trial, second, `A second writer in ${mode}`);
    const before = old.lines.length;
    old.kill("SIGCONT");
    for (let index = 10; index < 20; index += 1)
      feed.record(
        ledger.stream,
        { id: index % 7, seq: 1000 + index, sum: 0, text: "zombie" },
        { version: 1000 + index },
      );
    await old.write(feed.state(ledger.stream).complete(ledger.stream).taken());
    old.endStdin();
    const ended = await old.ended();
    if (ended.code === 0) problem(`The older writer ended with exit code 0 in ${mode}.`);
    if (ended.lines.slice(before).some(isEcho))
      problem(`The older writer echoed a state behind the newer one in ${mode}.`);
    await expectRows(trial, place, {
      stream: ledger.stream,
      rows: ledger.rows(),
      what: `With an older writer awake in ${mode}`,
    });
  }
}
