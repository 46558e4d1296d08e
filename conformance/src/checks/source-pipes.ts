import { setTimeout as sleep } from "node:timers/promises";
import type { Trial } from "../kit/check.ts";
import { Problem } from "../kit/problem.ts";
import type { ConnectorProcess } from "../processes/connector-process.ts";
import { records, type OutputLine } from "../processes/output-line.ts";
import { judgeOutput, judgePeak, megabytes, MOST_BYTES } from "./pipe-limits.ts";
import {
  difference,
  endings,
  expectExit,
  facts,
  folded,
  fullRead,
  hasCrashed,
  lastWords,
  read,
  readOptions,
  streamsOf,
} from "./source-runs.ts";

const STALL_MS = 300;
const SECOND_MS = 1000;
const LOOK_MS = 50;
const ROWS_READ = 3;
/** A source that grows is watched for so long. */
const WATCHED_MS = 10_000;
/** A pipe holds 64 KiB, and what is behind it a few more. */
const FILLS_PIPES = 6;

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

/** Tries a source that is asked to end, and one that is told twice. */
export async function sourceSignals(trial: Trial): Promise<void> {
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

/** Tries a source whose reader stalls. */
export async function sourceStalls(trial: Trial): Promise<void> {
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

/** Tries a source of which a row a second is read. */
export async function sourceMemory(trial: Trial): Promise<void> {
  const { problem, note } = trial;
  await using reading = await largeRead(trial);
  await reading.line(({ line }) => line?.kind === "record");
  reading.pause();
  const rowBytes = Buffer.byteLength(reading.lines.find(({ line }) => line?.kind === "record")?.text ?? "");
  let [peak, read] = [0, 0];
  const started = performance.now();
  let [grown, taken] = [started, started];
  const isOver = (now: number) => read >= ROWS_READ && (now - grown > SECOND_MS || now - started > WATCHED_MS);
  for (let now = started; !reading.hasEnded && peak <= MOST_BYTES && !isOver(now); now = performance.now()) {
    const bytes = reading.peakBytes() ?? 0;
    if (bytes > peak + 1_000_000) grown = now;
    peak = Math.max(peak, bytes);
    if (now - taken > SECOND_MS) {
      reading.sip(rowBytes);
      read += 1;
      taken = now;
    }
    await sleep(LOOK_MS);
  }
  if (reading.hasEnded) problem("It ended although nobody read what it printed.");
  judgePeak(trial, peak);
  note(`At most ${megabytes(peak)} MB.`);
}

/** Tries a source whose reader goes away. */
export async function sourceBroken(trial: Trial): Promise<void> {
  const { problem } = trial;
  await using reading = await largeRead(trial);
  await reading.line(({ line }) => line?.kind === "record");
  reading.closeStdout();
  const ended = await reading.exited();
  if (ended.code === 0) problem("It exited 0 although its reader had gone.");
  if (hasCrashed(ended)) problem(`It crashed when its reader had gone: ${lastWords(ended)}`);
}

/** Judges what a source prints, with and without detail. */
export async function sourceOutput(trial: Trial): Promise<void> {
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
