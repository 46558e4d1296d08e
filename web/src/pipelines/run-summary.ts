import type { Schemas } from "../api/client.ts";
import type { Tone } from "../controls/badge.tsx";

type Run = Schemas["Run"];

export const RUN_TONES: Record<Run["status"], Tone> = {
  queued: "idle",
  running: "busy",
  succeeded: "good",
  partial: "warn",
  stopped: "idle",
  failed: "bad",
};

type Summary = {
  failure: { failure_type: string; message: string } | null;
  streams: Record<string, { received?: number; committed?: number }>;
};

/** What is told of a run that ended: its failure, and how many rows of all streams are durable. */
export type RunSummary = Pick<Summary, "failure"> & { rows: number };

/** Yields the summary of a run; undefined before there is one. */
export function runSummary({ summary }: Pick<Run, "summary">): RunSummary | undefined {
  if (summary === null) return undefined;
  const { failure, streams } = summary as Summary;
  return { failure, rows: Object.values(streams).reduce((sum, { committed = 0 }) => sum + committed, 0) };
}
