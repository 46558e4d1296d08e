import { ExitCode } from "@sluice/protocol";
import type { Incident } from "./incident.ts";
import type { StreamTotals } from "./progress.ts";

/** How a run ended, for people and programs; the payload of the runner's last message. */
export type Summary = {
  exit_code: ExitCode;
  status: "succeeded" | "partial" | "stopped" | "failed";
  run_id: string;
  pipeline_id: string;
  streams: Record<string, StreamTotals>;
  /** The failure that came first; null when there was none. */
  failure: {
    side: Incident["side"];
    failure_type: Incident["failureType"];
    message: string;
    detail?: string;
    stderr?: string;
  } | null;
  attempts: number;
  states_saved: number;
  duration_ms: number;
  /** A sentence that says what to do next. */
  next: string;
};

export type SummaryFacts = {
  runId: string;
  pipelineId: string;
  incident: Incident | undefined;
  /** The exit code of the signal that ended it. */
  stoppedBy: ExitCode | undefined;
  totals: ReadonlyMap<string, StreamTotals>;
  named: ReadonlySet<string>;
  attempts: number;
  statesSaved: number;
  durationMs: number;
};

/** Yields the summary; success needs every stream's end to have come back, with agreeing counts. */
export function summarize(facts: SummaryFacts): Summary {
  const { incident, stoppedBy, totals, named } = facts;
  const missed = [...totals]
    .filter(([stream, { status }]) => isMissed(stream, status, named))
    .map(([stream]) => stream);
  const exit_code = incident?.exitCode ?? stoppedBy ?? (missed.length > 0 ? ExitCode.partial : ExitCode.ok);
  const status =
    incident !== undefined
      ? "failed"
      : stoppedBy !== undefined
        ? "stopped"
        : missed.length > 0
          ? "partial"
          : "succeeded";
  return {
    exit_code,
    status,
    run_id: facts.runId,
    pipeline_id: facts.pipelineId,
    streams: Object.fromEntries(totals),
    failure: incident === undefined ? null : failureOf(incident),
    attempts: facts.attempts,
    states_saved: facts.statesSaved,
    duration_ms: facts.durationMs,
    next: nextStep(facts, exit_code, missed),
  };
}

function isMissed(stream: string, status: StreamTotals["status"], named: ReadonlySet<string>): boolean {
  return status === "skipped" ? named.has(stream) : status !== "complete";
}

function failureOf({ side, failureType, message, detail, stderr }: Incident): Summary["failure"] {
  return {
    side,
    failure_type: failureType,
    message,
    ...(detail === undefined ? {} : { detail }),
    ...(stderr === undefined || stderr === "" ? {} : { stderr }),
  };
}

function nextStep({ pipelineId, incident }: SummaryFacts, exitCode: ExitCode, missed: readonly string[]): string {
  const again = `sluice run ${pipelineId}`;
  switch (exitCode) {
    case ExitCode.ok:
      return "Everything that the source sent is accounted for.";
    case ExitCode.sigint:
    case ExitCode.sigterm:
      return `What is committed stays; "${again}" goes on from there.`;
    case ExitCode.locked:
      return `Wait for the other run, or take the pipeline over with "${again} --force".`;
    case ExitCode.usage:
      return "Correct the command line; nothing was moved.";
    case ExitCode.config:
    case ExitCode.auth:
      return `Correct what is said above, try it with "sluice check ${pipelineId}", then "${again}".`;
    case ExitCode.transient:
    case ExitCode.timeout:
      return `What is committed stays; "${again}" goes on from there.`;
    case ExitCode.rejects:
      return `Look at the rejected records ("${again} --dead-letters FILE" keeps them), correct the source or the destination's limits, then run again.`;
    case ExitCode.partial:
      return `These streams are not complete: ${missed.slice(0, 5).join(", ")}${missed.length > 5 ? ` and ${missed.length - 5} more` : ""}; the others are. "${again}" tries them again.`;
    case ExitCode.protocol:
      return `Update or repair ${incident?.side === "runner" ? "the program" : `the ${incident?.side}`} that is named above; what is committed stays.`;
    default:
      return `Read what is said above; what is committed stays, and "${again}" goes on from there.`;
  }
}
