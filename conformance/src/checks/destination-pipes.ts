import { setTimeout as sleep } from "node:timers/promises";
import type { Trial } from "../kit/check.ts";
import { Feed, numbered } from "../kit/feed.ts";
import type { Place } from "../kit/place.ts";
import { echoes } from "../processes/output-line.ts";
import {
  anyMode,
  comparableRows,
  expectCode,
  expectGood,
  expectRows,
  isEcho,
  Ledger,
  nextOf,
  simpleLoad,
} from "./destination-runs.ts";
import { Flood } from "./flood.ts";
import { judgeOutput, judgePeak, megabytes } from "./pipe-limits.ts";
import { endings, lastWords } from "./source-runs.ts";

const STALL_MS = 300;
const SENT_BYTES = 500 * 1024 * 1024;
/** So much makes a destination wait that only waits. */
const STALLED_BYTES = 80 * 1024 * 1024;
const ECHOES_READ = 3;

/** Tries a destination that is asked to end in the middle of a load, and one that is told twice. */
export async function destinationSignals(trial: Trial): Promise<void> {
  const { subject, problem, random } = trial;
  const mode = await anyMode(subject);
  for (const [signal, code] of [
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const) {
    const place = await subject.newPlace();
    const count = random.between(30, 60);
    const ledger = new Ledger({
      mode,
      count,
      keys: count,
      statesAt: new Set([random.between(3, 9), random.between(12, 25)]),
    });
    const feed = new Feed().catalog([numbered(ledger.stream, mode)]).started(ledger.stream);
    for (let index = 0; index < count; index += 1) ledger.add(feed, index);
    await using writer = await place.writer();
    await writer.write(feed.taken());
    await writer.line(isEcho);
    writer.kill(signal);
    const ended = await writer.ended();
    expectCode(trial, ended, { codes: [code], what: `At ${signal}` });
    const covered = Math.max(0, ...echoes(ended.lines).map(nextOf));
    const stored = new Set(await place.rows(ledger.stream));
    const missing = comparableRows(subject, ledger.rows(covered)).filter((row) => !stored.has(row));
    if (missing.length > 0) problem(`At ${signal} it had echoed ${missing.length} rows that are not stored.`);
    const ends = endings(ended.lines).filter(({ committed }) => committed !== undefined);
    if (ends.length > 0) problem(`At ${signal} it echoed an end that it was not sent.`);
    if (covered > 0 && !ledger.options.statesAt.has(covered - 1))
      problem(`At ${signal} it echoed a state that it was not sent.`);
  }
  const { feed } = await simpleLoad(subject);
  const place = await subject.newPlace();
  await using stubborn = await place.writer([], { reads: false });
  await stubborn.write(feed.lines.slice(0, 3).join(""));
  await sleep(STALL_MS);
  stubborn.kill("SIGTERM");
  stubborn.kill("SIGTERM");
  await stubborn.exited();
}

/** Tries a destination whose peer stalls, in both directions. */
export async function destinationStalls(trial: Trial): Promise<void> {
  const { subject, note } = trial;
  const place = await subject.newPlace();
  await using writer = await place.writer();
  const flood = new Flood("stalled", await anyMode(subject));
  // nobody reads the echoes meanwhile, which are more than the pipes hold
  const { isStuck } = await flood.pourInto(writer, { mostBytes: STALLED_BYTES });
  if (!isStuck) note("It took everything although nobody read what it printed; F6 tells whether it collected that.");
  writer.resume();
  // half a line, and the rest of it later
  const rest = flood.next() + flood.end();
  await writer.write(rest.slice(0, 50));
  await sleep(STALL_MS);
  await writer.write(rest.slice(50));
  writer.endStdin();
  expectGood(trial, await writer.ended(), "With a peer that stalls");
  await expectRows(trial, place, { stream: "stalled", rows: flood.rows, what: "With a peer that stalls" });
}

/** Tries a destination whose echoes are read once a second. */
export async function destinationMemory(trial: Trial): Promise<void> {
  const { subject, problem, note } = trial;
  const place = await subject.newPlace();
  await using writer = await place.writer();
  const flood = new Flood("flooded", await anyMode(subject));
  const { sent, peak } = await flood.pourInto(writer, { mostBytes: SENT_BYTES, echoesRead: ECHOES_READ });
  if (writer.hasEnded) problem(`It ended while it was sent more: ${lastWords(writer)}`);
  judgePeak(trial, peak);
  note(`It took ${megabytes(sent)} MB and had at most ${megabytes(peak)} MB.`);
}

/** Tries a destination whose input is cut, and one whose reader goes away. */
export async function destinationBroken(trial: Trial): Promise<void> {
  const { subject, problem } = trial;
  const mode = await anyMode(subject);
  const ledger = new Ledger({ mode, count: 20, keys: 20, statesAt: new Set([9]) });
  const whole = ledger.feed().text;
  const cut = await subject.newPlace();
  const atHalfALine = whole.slice(0, whole.indexOf('"entry 15"'));
  await expectCut(trial, cut, {
    input: atHalfALine,
    codes: [13],
    what: "Of an input that ends in the middle of a line",
    ledger,
  });
  const early = whole.slice(
    0,
    whole.indexOf('{"type":"stream_status","stream_status":{"stream":"ledger","status":"complete"'),
  );
  await expectCut(trial, await subject.newPlace(), {
    input: early,
    codes: [14],
    what: "Of an input without an end of the stream",
    ledger,
  });
  await expectCut(trial, await subject.newPlace(), { input: "", codes: [13, 10], what: "Of no input at all", ledger });

  const deaf = await subject.newPlace();
  await using writer = await deaf.writer();
  await writer.write(whole.slice(0, whole.indexOf('"entry 12"')));
  await writer.line(isEcho);
  writer.closeStdout();
  await writer.write(whole.slice(whole.indexOf('"entry 12"')));
  writer.endStdin();
  const alone = await writer.exited();
  if (alone.code === 0) problem("It exited 0 although nobody heard its echoes.");
}

type Cut = { input: string; codes: number[]; what: string; ledger: Ledger };

async function expectCut(trial: Trial, place: Place, { input, codes, what, ledger }: Cut): Promise<void> {
  await using writer = await place.writer();
  await writer.write(input);
  writer.endStdin();
  const ended = await writer.ended();
  expectCode(trial, ended, { codes, what });
  const covered = Math.max(0, ...echoes(ended.lines).map(nextOf));
  if (covered === 0) return;
  const stored = new Set(await place.rows(ledger.stream));
  const missing = comparableRows(trial.subject, ledger.rows(covered)).filter((row) => !stored.has(row));
  if (missing.length > 0) trial.problem(`${what}: ${missing.length} rows that were echoed are not stored.`);
}

/** Judges what a destination prints, with and without detail. */
export async function destinationOutput(trial: Trial): Promise<void> {
  const { subject } = trial;
  const { feed } = await simpleLoad(subject);
  const loud = await (await subject.newPlace()).write(feed, ["--log-level", "debug"]);
  expectGood(trial, loud, "With --log-level debug");
  judgeOutput(trial, { lines: loud.lines, stderrBytes: 0 });
  const normal = await (await subject.newPlace()).write(feed);
  expectGood(trial, normal, "A load");
  judgeOutput(trial, { lines: normal.lines, stderrBytes: Buffer.byteLength(normal.stderr) });
}
