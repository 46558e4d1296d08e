import { ExitCode } from "@sluice/protocol";
import { caughtIncident, type Incident } from "./incident.ts";
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
  /** Whether rejected records are kept somewhere. */
  keepsRejected: boolean;
  /** Streams of which the destination did not say how many records it stored. */
  uncounted: readonly string[];
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

/** Yields the summary of a run that something else failed: what was needed to begin it, or to end it. */
export function failedSummary(
  before: Pick<Summary, "run_id" | "pipeline_id"> & Partial<Summary>,
  error: unknown,
): Summary {
  const found = caughtIncident("runner", "sluice", error);
  const facts = { pipelineId: before.pipeline_id, incident: found };
  return {
    streams: {},
    attempts: 0,
    states_saved: 0,
    duration_ms: 0,
    ...before,
    exit_code: found.exitCode,
    status: "failed",
    failure: failureOf(found),
    next: nextStep({ ...facts, totals: new Map(), keepsRejected: false, uncounted: [] }, found.exitCode, []),
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

type StepFacts = Pick<SummaryFacts, "pipelineId" | "incident" | "totals" | "keepsRejected" | "uncounted">;

function nextStep(
  { pipelineId, incident, totals, keepsRejected, uncounted }: StepFacts,
  exitCode: ExitCode,
  missed: readonly string[],
): string {
  const again = `sluice run ${pipelineId}`;
  switch (exitCode) {
    case ExitCode.ok:
      return accountText([...totals.values()], { keepsRejected, uncounted, again });
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

type Account = Pick<SummaryFacts, "keepsRejected" | "uncounted"> & { again: string };

/** What a success is worth: rows that were refused, or that nobody counted, are told. */
function accountText(totals: readonly StreamTotals[], { keepsRejected, uncounted, again }: Account): string {
  const rejected = totals.reduce((sum, each) => sum + each.rejected, 0);
  if (uncounted.length > 0)
    return `The destination did not say how many records of ${uncounted.slice(0, 5).join(", ")}${uncounted.length > 5 ? ` and ${uncounted.length - 5} more` : ""} it stored, so that they are there is its word only.`;
  if (rejected === 0) return "Everything that the source sent is accounted for.";
  const fate = keepsRejected
    ? "are in the dead letters"
    : `are stored nowhere; "${again} --dead-letters FILE" would keep them`;
  return `Everything that the source sent is accounted for, but ${rejected} ${rejected === 1 ? "record was" : "records were"} rejected and ${fate}.`;
}
