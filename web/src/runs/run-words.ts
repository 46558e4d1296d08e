import type { paths } from "@sluice/orchestrator/client";
import type { Schemas } from "../api/client.ts";
import type { Tone } from "../controls/badge.tsx";
import { datedInstant } from "../controls/instant-words.ts";

export type Run = Schemas["Run"];
export type RunStatus = Run["status"];
/** What a run asks for besides what its pipeline says. */
export type RunOptions = paths["/v1/pipelines/{id}/runs"]["post"]["requestBody"]["content"]["application/json"];

/** Every status of a run, as it is filtered by. */
export const RUN_STATUSES = [
  "queued",
  "running",
  "succeeded",
  "partial",
  "stopped",
  "failed",
] as const satisfies readonly RunStatus[];

export const STATUS_TONES: Record<RunStatus, Tone> = {
  queued: "idle",
  running: "busy",
  succeeded: "good",
  partial: "warn",
  stopped: "idle",
  failed: "bad",
};

/** How a stream of a run is doing, as a tone; what a newer server tells is shown without one. */
export function streamTone(status: string): Tone {
  switch (status) {
    case "complete":
      return "good";
    case "started":
    case "running":
      return "busy";
    case "failed":
      return "bad";
    case "incomplete":
      return "warn";
    default:
      return "idle";
  }
}

/** Yields why a run came to be. */
export function reasonWords({ reason }: Pick<Run, "reason">): string {
  return { manual: "started by hand", schedule: "by a schedule", retry: "tried again", live: "kept going" }[reason];
}

/** Yields what a run was asked for besides what its pipeline says; undefined for nothing. */
export function optionWords({ options }: Pick<Run, "options">): string | undefined {
  const { select, full_refresh: refresh, limit, since, until, record } = options as RunOptions;
  const words = [
    select === undefined ? [] : [`only ${select.join(", ")}`],
    refresh === undefined ? [] : [refresh === true ? "all anew" : `${refresh.join(", ")} anew`],
    since === undefined ? [] : [`from ${datedInstant(since)}`],
    until === undefined ? [] : [`until ${datedInstant(until)}`],
    limit === undefined ? [] : [`at most ${limit} records a stream`],
    record === true ? ["recorded"] : [],
  ].flat();
  return words.length === 0 ? undefined : words.join("; ");
}

/** Whether what its source said is kept. */
export function wasRecorded({ options }: Pick<Run, "options">): boolean {
  return (options as RunOptions).record === true;
}

/** Yields how long a run has been going on or took; undefined before it began. */
export function runLengthMs({ started_at: from, ended_at: to }: Pick<Run, "started_at" | "ended_at">, nowMs: number) {
  if (from === null) return undefined;
  return Math.max(0, (to === null ? nowMs : Date.parse(to)) - Date.parse(from));
}

/** Yields why a run shows no streams. */
export function noStreamWords({ status }: Pick<Run, "status">): string {
  switch (status) {
    case "queued":
      return "It has not begun yet. Its streams show here once its source has told which ones it has.";
    case "running":
      return "The source is being asked which streams it has and which of them may be read. They show here once it has answered.";
    default:
      return "It ended before a stream had begun.";
  }
}
