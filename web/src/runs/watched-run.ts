import type { RunEvent } from "@sluice/orchestrator/client";
import type { Schemas } from "../api/client.ts";
import type { Run } from "./run-words.ts";

export type LogLine = Schemas["LogLine"];

/** What is known of a run that is watched. Nothing in it changes; what comes makes another one of it. */
export type WatchedRun = {
  /** Undefined until it was told. */
  run: Run | undefined;
  lines: readonly LogLine[];
  /** The first line of level error that was told, be it among the lines or not any more. */
  firstError: LogLine | undefined;
  /** Whether something came by the newest connection; false while one is missing. */
  isConnected: boolean;
};

export const NOTHING_YET: WatchedRun = { run: undefined, lines: [], firstError: undefined, isConnected: true };

const MAX_LINES = 100_000;

/** Yields what is known of a run after these events. The oldest of more than 100,000 lines are let go. */
export function withEvents(before: WatchedRun, events: readonly RunEvent[]): WatchedRun {
  const lines = events.flatMap((event) => (event.type === "log" ? [event.line] : []));
  const after = {
    ...before,
    lines: lines.length === 0 ? before.lines : [...before.lines, ...lines].slice(-MAX_LINES),
    firstError: before.firstError ?? lines.find(({ level }) => level === "error"),
  };
  for (const event of events) {
    after.isConnected = event.type !== "lost";
    if (event.type === "run") after.run = event.run;
  }
  return after;
}
