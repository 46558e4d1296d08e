import type { RunEvent } from "@sluice/orchestrator/client";
import type { Schemas } from "../api/client.ts";
import { progressOf } from "./run-figures.ts";
import type { Run } from "./run-words.ts";

export type LogLine = Schemas["LogLine"];

/** How fast a run was at a time. */
export type Sample = { atMs: number; rowsPerSecond: number };

/** What is known of a run that is watched. Nothing in it changes; what comes makes another one of it. */
export type WatchedRun = {
  /** Undefined until it was told. */
  run: Run | undefined;
  lines: readonly LogLine[];
  /** Since the watching began. */
  samples: readonly Sample[];
  /** Whether something came by the newest connection; false while one is missing. */
  isConnected: boolean;
  isEnded: boolean;
};

export type TimedEvent = { event: RunEvent; atMs: number };

export const NOTHING_YET: WatchedRun = { run: undefined, lines: [], samples: [], isConnected: true, isEnded: false };

const MAX_LINES = 100_000;
const MAX_SAMPLES = 5_000;

/** Yields what is known of a run after these events. The oldest of more than 100,000 lines are let go. */
export function withEvents(before: WatchedRun, events: readonly TimedEvent[]): WatchedRun {
  const lines = events.flatMap(({ event }) => (event.type === "log" ? [event.line] : []));
  const samples = events.flatMap(sampleOf);
  const after = {
    ...before,
    lines: lines.length === 0 ? before.lines : [...before.lines, ...lines].slice(-MAX_LINES),
    samples: samples.length === 0 ? before.samples : [...before.samples, ...samples].slice(-MAX_SAMPLES),
  };
  for (const { event } of events) {
    after.isConnected = event.type !== "lost";
    if (event.type === "run") after.run = event.run;
    if (event.type === "end") after.isEnded = true;
  }
  return after;
}

function sampleOf({ event, atMs }: TimedEvent): Sample[] {
  if (event.type !== "run" || event.run.status !== "running") return [];
  const rowsPerSecond = progressOf(event.run)?.totals.rows_per_second;
  return rowsPerSecond === undefined ? [] : [{ atMs, rowsPerSecond }];
}
