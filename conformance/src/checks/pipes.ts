import { setTimeout as sleep } from "node:timers/promises";
import { Flood } from "./flood.ts";
import { Feed, numbered } from "../kit/feed.ts";
import type { Check, Trial } from "../kit/check.ts";
import type { Place } from "../kit/place.ts";
import { Problem } from "../kit/problem.ts";
import type { ConnectorProcess } from "../processes/connector-process.ts";
import { echoes, records, type OutputLine } from "../processes/output-line.ts";
import {
  anyMode,
  canonicalRows,
  expectCode,
  expectGood,
  expectRows,
  isEcho,
  Ledger,
  nextOf,
  simpleLoad,
} from "./destination-runs.ts";
import {
  difference,
  endings,
  expectExit,
  facts,
  folded,
  fullRead,
  lastWords,
  read,
  readOptions,
  streamsOf,
} from "./source-runs.ts";

const BOTH = ["source", "destination"] as const;
const STALL_MS = 300;
const MOST_BYTES = 256 * 1024 * 1024;
const SENT_BYTES = 320 * 1024 * 1024;
const QUIET_MS = 700;
const STDERR_BYTES = 1024 * 1024;
/** A pipe holds 64 KiB, and what is behind it a few more. */
const FILLS_PIPES = 6;

export const pipeChecks: readonly Check[] = [
  {
    id: "F4",
    level: 1,
    kinds: BOTH,
    title: "SIGTERM and SIGINT end it in order, with a second one at once, and nothing is claimed that is not so",
    fix: "On a signal stop asking or commit what is whole, print the last state or echo, and exit 143 or 130.",
    defect: "claims at SIGTERM what it has not done",
    run: (trial) => byKind(trial, { source: sourceSignals, destination: destinationSignals }),
  },
  {
    id: "F5",
    level: 1,
    kinds: BOTH,
    title: "a peer that stalls, in its reading or its writing, only makes it wait",
    fix: "Wait for drain or for the peer to be gone, whichever comes; read and write independently of each other.",
    defect: "stops for ever once a pipe was full",
    run: (trial) => byKind(trial, { source: sourceStalls, destination: destinationStalls }),
  },
  {
    id: "F6",
    level: 1,
    kinds: BOTH,
    title: "a peer that does not read costs no memory: it waits instead of collecting",
    fix: "Await each write, and stop reading or asking while the other side does not take more.",
    defect: "collects without a bound what the other side does not take",
    run: (trial) => byKind(trial, { source: sourceMemory, destination: destinationMemory }),
  },
  {
    id: "F7",
    level: 1,
    kinds: BOTH,
    title: "a pipe that breaks, and an input that ends too early, are no success",
    fix: "Exit 12 when the reader is gone, 13 for a cut line and 14 for streams without an end; never 0.",
    defect: "takes a broken pipe for the end of its work",
    run: (trial) => byKind(trial, { source: sourceBroken, destination: destinationBroken }),
  },
  {
    id: "F9",
    level: 1,
    kinds: BOTH,
    title: "stdout has messages only, also when it logs everything, and stderr is no flood",
    fix: "Print logs to stderr, or as log messages; send the prints of libraries there, too.",
    defect: "logs to stdout as plain text",
    run: (trial) => byKind(trial, { source: sourceOutput, destination: destinationOutput }),
  },
];

type Halves = Record<"source" | "destination", (trial: Trial) => Promise<void>>;

async function byKind(trial: Trial, halves: Halves): Promise<void> {
  const { connector } = await trial.subject.spec();
  await halves[connector.kind](trial);
}

/** Starts a read that is not over before something is done to it. */
async function largeRead({ subject }: Trial, options: { reads?: boolean } = {}): Promise<ConnectorProcess> {
  const { large } = subject.plan;
  if (large === undefined) {
    throw new Problem(
      'The plan has no "large": fields of a configuration that gives more than 100 MB; without it nothing is proved.',
    );
  }
  const place = await subject.once("large place", () => subject.newPlace(large));
  return place.start(["read", ...(await readOptions(subject, place))], options);
}

async function sourceSignals(trial: Trial): Promise<void> {
  const { problem } = trial;
  for (const [signal, code] of [
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const) {
    await using reading = await largeRead(trial);
    await reading.line(({ line }) => line?.kind === "record");
    reading.pause();
    reading.kill(signal);
    reading.resume();
    const ended = await reading.ended();
    expectExit(trial, ended, { code, what: `At ${signal} a read` });
    for (const { flaw } of ended.lines) if (flaw !== undefined) problem(`At ${signal}: ${flaw}`);
    for (const sentence of miscounts(ended.lines)) problem(`At ${signal}: ${sentence}`);
    if (
      endings(ended.lines).some(({ status }) => status === "complete") &&
      endings(ended.lines).length === 1 &&
      (await streamsOf(trial.subject)).length === 1
    ) {
      problem(`At ${signal} a stream that was not read to its end is told complete.`);
    }
  }
  await using stubborn = await largeRead(trial, { reads: false });
  await sleep(STALL_MS);
  stubborn.kill("SIGTERM");
  await sleep(STALL_MS);
  stubborn.kill("SIGTERM");
  await stubborn.exited();
}

/** Yields where states and ends count otherwise than the lines do. */
function miscounts(lines: readonly OutputLine[]): string[] {
  const counts = new Map<string, number>();
  return lines.flatMap(({ line }) => {
    if (line?.kind === "record") counts.set(line.stream, (counts.get(line.stream) ?? 0) + 1);
    if (line?.kind !== "message" || line.message.type !== "state") return [];
    const told = Object.entries(line.message.state.records ?? {});
    return told
      .filter(([stream, count]) => count !== (counts.get(stream) ?? 0))
      .map(([stream, count]) => {
        return `a state says that ${count} records of "${stream}" were sent; it were ${counts.get(stream) ?? 0}.`;
      });
  });
}

async function destinationSignals(trial: Trial): Promise<void> {
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
    const missing = canonicalRows(ledger.rows(covered)).filter((row) => !stored.has(row));
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

async function sourceStalls(trial: Trial): Promise<void> {
  const { subject, problem } = trial;
  const streams = await streamsOf(subject);
  const place = await subject.sharedPlace();
  await using slow = await place.start(["read", ...(await readOptions(subject, place))], { reads: false });
  await sleep(STALL_MS);
  slow.resume();
  const ended = await slow.ended();
  const differs = difference(
    folded(facts(ended.lines, streams)),
    folded(facts((await fullRead(subject)).lines, streams)),
  );
  if (differs !== undefined) problem(`Behind a reader that had stalled: ${differs}.`);
  if (subject.plan.large === undefined) return;
  await using large = await largeRead(trial, { reads: false });
  await sleep(STALL_MS);
  large.resume();
  const before = large.lines.length;
  await large.line(() => large.lines.length > before + FILLS_PIPES);
}

async function destinationStalls(trial: Trial): Promise<void> {
  const { subject, note } = trial;
  const place = await subject.newPlace();
  await using writer = await place.writer();
  const flood = new Flood("stalled", await anyMode(subject));
  // nobody reads the echoes meanwhile, which are more than the pipes hold
  const { isStuck } = await flood.pourInto(writer, SENT_BYTES / 4);
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

async function sourceMemory(trial: Trial): Promise<void> {
  const { problem, note } = trial;
  await using reading = await largeRead(trial);
  await reading.line(({ line }) => line?.kind === "record");
  reading.pause();
  let peak = 0;
  let grown = performance.now();
  const until = grown + 10 * QUIET_MS;
  while (!reading.hasEnded && performance.now() - grown < 2 * QUIET_MS && performance.now() < until) {
    const now = reading.peakBytes() ?? 0;
    if (now > peak + 1_000_000) grown = performance.now();
    peak = Math.max(peak, now);
    await sleep(50);
  }
  if (reading.hasEnded) problem("It ended although nobody read what it printed.");
  judgePeak(trial, peak);
  note(`At most ${megabytes(peak)} MB.`);
}

async function destinationMemory(trial: Trial): Promise<void> {
  const { subject, problem, note } = trial;
  const place = await subject.newPlace();
  await using writer = await place.writer();
  const { sent, peak } = await new Flood("flooded", await anyMode(subject)).pourInto(writer, SENT_BYTES);
  if (writer.hasEnded) problem(`It ended while it was sent more: ${lastWords(writer)}`);
  judgePeak(trial, peak);
  note(`It took ${megabytes(sent)} MB and had at most ${megabytes(peak)} MB.`);
}

function judgePeak({ problem, note }: Trial, peak: number): void {
  if (peak === 0) note("This system does not tell how much memory a process has.");
  if (peak > MOST_BYTES)
    problem(
      `With a peer that does not read it took ${megabytes(peak)} MB of memory, more than ${megabytes(MOST_BYTES)}.`,
    );
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000);
}

async function sourceBroken(trial: Trial): Promise<void> {
  const { problem } = trial;
  await using reading = await largeRead(trial);
  await reading.line(({ line }) => line?.kind === "record");
  reading.closeStdout();
  const ended = await reading.exited();
  if (ended.code === 0) problem("It exited 0 although its reader had gone.");
  if (/Unexpected failure|Traceback|\n {4}at /.test(ended.stderr))
    problem(`It crashed when its reader had gone: ${lastWords(ended)}`);
}

async function destinationBroken(trial: Trial): Promise<void> {
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
  const missing = canonicalRows(ledger.rows(covered)).filter((row) => !stored.has(row));
  if (missing.length > 0) trial.problem(`${what}: ${missing.length} rows that were echoed are not stored.`);
}

async function sourceOutput(trial: Trial): Promise<void> {
  const { subject } = trial;
  const place = await subject.sharedPlace();
  await using loud = await place.start(["read", ...(await readOptions(subject, place)), "--log-level", "debug"]);
  judgeOutput(trial, { lines: (await loud.ended()).lines, stderrBytes: 0 });
  await using quiet = await place.start(["read", ...(await readOptions(subject, place))], { drainsStderr: false });
  await quiet.exited();
  const normal = await read(subject, place);
  judgeOutput(trial, { lines: normal.lines, stderrBytes: Buffer.byteLength(normal.stderr) });
  if (records(normal.lines).length === 0) trial.problem("There was no record: nothing is proved.");
}

async function destinationOutput(trial: Trial): Promise<void> {
  const { subject } = trial;
  const { feed } = await simpleLoad(subject);
  const loud = await (await subject.newPlace()).write(feed, ["--log-level", "debug"]);
  expectGood(trial, loud, "With --log-level debug");
  judgeOutput(trial, { lines: loud.lines, stderrBytes: 0 });
  const normal = await (await subject.newPlace()).write(feed);
  expectGood(trial, normal, "A load");
  judgeOutput(trial, { lines: normal.lines, stderrBytes: Buffer.byteLength(normal.stderr) });
}

function judgeOutput(
  { problem }: Trial,
  { lines, stderrBytes }: { lines: readonly OutputLine[]; stderrBytes: number },
): void {
  const stray = lines.filter(({ line }) => line === undefined || line.kind === "text");
  if (stray.length > 0)
    problem(
      `${stray.length} lines of stdout are no messages, such as line ${lines.indexOf(stray[0] as OutputLine) + 1}.`,
    );
  if (stderrBytes > STDERR_BYTES) problem(`It wrote ${stderrBytes} bytes to stderr without being asked for detail.`);
}
