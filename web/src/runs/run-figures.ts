import type { Payload } from "@sluice/protocol";
import type { Run } from "./run-words.ts";

/** The newest progress message of a run's attempt. */
export type Progress = Payload<"progress">;

/** How a stream of a run is doing, or did. */
export type StreamFigures = {
  name: string;
  status: string;
  reason: string | undefined;
  read: number;
  committed: number;
  rejected: number;
  rowsPerSecond: number;
  rangesDone: number | undefined;
};

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

/** Yields the figures of each stream, the newest that are known: of the summary once it has ended, else of its progress. */
export function streamFigures(run: Run): StreamFigures[] {
  const summary = summaryOf(run);
  if (run.ended_at !== null && summary !== undefined)
    return Object.entries(summary.streams).map(([name, { status, reason, read, committed, rejected }]) => ({
      ...{ name, status, reason, read, committed, rejected },
      rowsPerSecond: 0,
      rangesDone: undefined,
    }));
  return Object.entries(progressOf(run)?.streams ?? {}).map(([name, stream]) => ({
    name,
    status: stream.status,
    reason: undefined,
    read: stream.read,
    committed: stream.committed,
    rejected: stream.rejected,
    rowsPerSecond: stream.rows_per_second,
    rangesDone: stream.ranges_done,
  }));
}

/** Yields what all streams moved together. */
export function totalsOf(streams: readonly StreamFigures[]): Pick<StreamFigures, "read" | "committed" | "rejected"> {
  const sum = (name: "read" | "committed" | "rejected") => streams.reduce((total, each) => total + each[name], 0);
  return { read: sum("read"), committed: sum("committed"), rejected: sum("rejected") };
}
