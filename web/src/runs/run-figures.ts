import { storedRecords } from "@sluice/orchestrator/client";
import type { Payload } from "@sluice/protocol";
import { durationInWords } from "../controls/instant-words.ts";
import { shortCount } from "../controls/number-words.ts";
import type { Run } from "./run-words.ts";

/** The newest progress message of a run's attempt. */
export type Progress = Payload<"progress">;

/** How a stream of a run is doing, or did. */
export type StreamFigures = {
  name: string;
  status: string;
  reason: string | undefined;
  read: number;
  stored: number;
  rejected: number;
  rowsPerSecond: number;
  rangesDone: number | undefined;
  /** How much it may be, while it goes on and as far as anything is known. */
  estimate: StreamEstimate | undefined;
};

/** What the server guesses of a stream from an earlier run: its records, and when it will end, ISO 8601. */
export type StreamEstimate = NonNullable<Run["estimates"]>[string];

type SummaryStream = { status: string; reason?: string; read: number; committed: number; rejected: number };

/** How a run ended, or how its last attempt did, as the runner tells it. */
export type RunSummary = {
  status: string;
  streams: Record<string, SummaryStream>;
  failure: {
    side: string;
    failure_type: string;
    message: string;
    detail?: string;
    stderr?: string;
  } | null;
  attempts: number;
  duration_ms: number;
  next: string;
};

export function progressOf({ progress }: Pick<Run, "progress">): Progress | undefined {
  return progress === null ? undefined : (progress as Progress);
}

export function summaryOf({ summary }: Pick<Run, "summary">): RunSummary | undefined {
  return summary === null ? undefined : (summary as RunSummary);
}

/** What of a run its figures come from. */
type ToldRun = Pick<Run, "ended_at" | "progress" | "summary" | "estimates">;

/** Yields the figures of each stream, the newest that are known: of the summary once it has ended, else of its progress. */
export function streamFigures(run: ToldRun): StreamFigures[] {
  const summary = summaryOf(run);
  if (run.ended_at !== null && summary !== undefined)
    return Object.entries(summary.streams).map(([name, { status, reason, ...counts }]) => ({
      ...{ name, status, reason, read: counts.read, stored: storedRecords(counts), rejected: counts.rejected },
      rowsPerSecond: 0,
      rangesDone: undefined,
      estimate: undefined,
    }));
  return Object.entries(progressOf(run)?.streams ?? {}).map(([name, stream]) => ({
    name,
    status: stream.status,
    reason: undefined,
    read: stream.read,
    stored: storedRecords(stream),
    rejected: stream.rejected,
    rowsPerSecond: stream.rows_per_second,
    rangesDone: stream.ranges_done,
    estimate: run.estimates?.[name],
  }));
}

/** Yields the part of a stream that is stored, from 0 to 1: of what it may be, or else of what was read so far. */
export function storedShare({ status, read, stored, estimate }: StreamFigures): number {
  const all = Math.max(read, estimate?.rows_about ?? 0);
  return all === 0 ? (status === "complete" ? 1 : 0) : Math.min(1, stored / all);
}

/** Yields how much of a stream is stored, marked as a guess where all of it is one, such as "120 of about 4,000, about 3 min". */
export function storedWords({ read, stored, estimate }: StreamFigures, nowMs: number): string {
  if (estimate === undefined) return `${shortCount(stored)} of ${shortCount(read)}`;
  const { rows_about: rows, ends_at_about: endsAt } = estimate;
  const words = `${shortCount(stored)} of about ${shortCount(rows)}`;
  return endsAt === null ? words : `${words}, about ${leftWords(Date.parse(endsAt) - nowMs)}`;
}

/** Whole minutes: a guess is not better than that. */
function leftWords(ms: number): string {
  return durationInWords(Math.max(1, Math.ceil(ms / 60_000)) * 60_000);
}

/** Yields what all streams moved together. */
export function totalsOf(streams: readonly StreamFigures[]): Pick<StreamFigures, "read" | "stored" | "rejected"> {
  const sum = (name: "read" | "stored" | "rejected") => streams.reduce((total, each) => total + each[name], 0);
  return { read: sum("read"), stored: sum("stored"), rejected: sum("rejected") };
}
