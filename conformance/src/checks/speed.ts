import { existsSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { Feed, numbered } from "../kit/feed.ts";
import type { Check, Trial } from "../kit/check.ts";
import { jsonFile } from "../kit/plan.ts";
import type { ConnectorProcess } from "../processes/connector-process.ts";
import { records } from "../processes/output-line.ts";
import { anyMode, expectGood, isEcho } from "./destination-runs.ts";
import { readOptions } from "./source-runs.ts";

const BATCHES = 10;
const RECORDS_PER_BATCH = 10;
const RUNS = 3;
/** Less than this part of the last run's speed is told; a busy machine is not. */
const SLOWER = 1 / 3;

export const speedChecks: readonly Check[] = [
  {
    id: "T1",
    level: 3,
    kinds: ["source", "destination"],
    title: "speed and memory are measured, and compared with the last run",
    fix: "Look at what has changed since the last run; the file of timings is compared with, and written anew when it passes.",
    defect: "takes its time over each record",
    run: speed,
  },
];

/** What is measured: times in milliseconds. */
type Timings = {
  rows_per_second: number;
  mb_per_second: number;
  first_p50_ms: number;
  first_p99_ms: number;
  peak_mb: number | null;
};

type Pace = { rows: number; bytes: number; seconds: number };

async function speed(trial: Trial): Promise<void> {
  const { subject, problem, note } = trial;
  const { connector } = await subject.spec();
  const now = await (connector.kind === "source" ? sourceTimings : destinationTimings)(trial);
  const first = connector.kind === "source" ? "to the first record" : "from a record to its echo";
  note(
    `${now.rows_per_second} rows/s, ${now.mb_per_second} MB/s, ${first} p50 ${now.first_p50_ms} ms, p99 ${now.first_p99_ms} ms, at most ${now.peak_mb ?? "?"} MB of memory.`,
  );
  if (subject.plan.timings === undefined) return;
  const path = resolve(subject.planFolder, subject.plan.timings);
  const last = existsSync(path) ? (jsonFile(path) as Timings) : undefined;
  if (last !== undefined && now.rows_per_second < last.rows_per_second * SLOWER) {
    return problem(`It makes ${now.rows_per_second} rows/s; in the last run it were ${last.rows_per_second}.`);
  }
  writeFileSync(path, `${JSON.stringify(now, null, 2)}\n`);
}

async function sourceTimings({ subject }: Trial): Promise<Timings> {
  const place = await subject.sharedPlace();
  const options = await readOptions(subject, place);
  const firsts: number[] = [];
  let best: Pace = { rows: 0, bytes: 0, seconds: Infinity };
  let peak: number | undefined;
  for (let run = 0; run < RUNS; run += 1) {
    const started = performance.now();
    await using reading = await place.start(["read", ...options]);
    await reading.line(({ line }) => line?.kind === "record");
    const begun = performance.now();
    firsts.push(begun - started);
    peak = peakOf(reading, peak);
    const ended = await reading.ended();
    const seconds = (performance.now() - begun) / 1000;
    best = faster(best, { rows: records(ended.lines).length, bytes: ended.stdout.length, seconds });
  }
  return timings(best, { waits: firsts, peak });
}

async function destinationTimings(trial: Trial): Promise<Timings> {
  const { subject } = trial;
  const place = await subject.newPlace();
  await using writer = await place.writer();
  const feed = new Feed().catalog([numbered("timed", await anyMode(subject))]).started("timed");
  await writer.write(feed.taken());
  const waits: number[] = [];
  let best: Pace = { rows: 0, bytes: 0, seconds: Infinity };
  let peak: number | undefined;
  for (let batch = 0; batch < BATCHES; batch += 1) {
    for (let index = 0; index < RECORDS_PER_BATCH; index += 1) {
      const id = batch * RECORDS_PER_BATCH + index;
      feed.record("timed", { id, seq: id, sum: 0, text: "x".repeat(200) }, { version: 1 });
    }
    const text = feed.state("timed").taken();
    const sent = performance.now();
    const from = writer.lines.length;
    await writer.write(text);
    await writer.line(isEcho, from);
    const wait = performance.now() - sent;
    waits.push(wait);
    best = faster(best, { rows: RECORDS_PER_BATCH, bytes: text.length, seconds: wait / 1000 });
    peak = peakOf(writer, peak);
  }
  await writer.write(feed.complete("timed").taken());
  writer.endStdin();
  expectGood(trial, await writer.ended(), "While it was timed");
  return timings(best, { waits, peak });
}

/** Of two measurements: whatever else a machine does makes a program slower, and never faster. */
function faster(one: Pace, other: Pace): Pace {
  return other.seconds < one.seconds ? other : one;
}

function peakOf(running: ConnectorProcess, before: number | undefined): number | undefined {
  return running.peakBytes() ?? before;
}

function timings(
  { rows, bytes, seconds }: Pace,
  { waits, peak }: { waits: readonly number[]; peak: number | undefined },
): Timings {
  const sorted = waits.toSorted((one, other) => one - other);
  const quantile = (part: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0);
  return {
    rows_per_second: Math.round(rows / seconds),
    mb_per_second: Math.round(bytes / seconds / 10_000) / 100,
    first_p50_ms: quantile(0.5),
    first_p99_ms: quantile(0.99),
    peak_mb: peak === undefined ? null : Math.round(peak / 1_000_000),
  };
}
