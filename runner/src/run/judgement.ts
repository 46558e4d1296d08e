import { ExitCode } from "@sluice/protocol";
import type { SideEnd } from "../side/side.ts";
import type { Child } from "./child.ts";
import { endIncident, incident, withExitCode, type Incident } from "./incident.ts";

type DestinationCase = {
  /** What came before: the first failure is the cause, whoever fails behind it. */
  incident: Incident | undefined;
  /** Whether the source had more to say when it ended. */
  isInputExpected: boolean;
  /** Whether the source left a stream without an end, or with one that is no success. */
  isIncomplete: boolean;
  /** What was sent and was not echoed. */
  unanswered: readonly string[];
};

/** Yields the failure of the attempt as it stands once the destination has ended; exit code 0 alone is no success. */
export function judgeDestination(
  child: Child,
  end: SideEnd,
  { incident: before, isInputExpected, isIncomplete, unanswered }: DestinationCase,
): Incident | undefined {
  const about = aboutOf(child);
  if (before?.side === "destination") return withExitCode({ ...before, stderr: about.stderr }, end.exitCode);
  if (before !== undefined) return before;
  // that streams were left unended, or failed, is the source's doing
  const isConsequence =
    !isInputExpected && isIncomplete && (end.exitCode === ExitCode.partial || end.exitCode === ExitCode.transient);
  // of one that was ended by force only what it said before counts
  const found = isConsequence || child.isForced ? undefined : endIncident("destination", about, end);
  if (found !== undefined) return withExitCode(found, end.exitCode);
  if (isInputExpected)
    return incident("destination", "protocol", `${child.name} ended before its input did.`, about.stderr);
  if (unanswered.length === 0) return undefined;
  const message = `${child.name} ended without an echo of ${listed(unanswered)}; what of it is durable is not known.`;
  return incident("destination", "protocol", message, about.stderr);
}

type SourceCase = {
  incident: Incident | undefined;
  isStopping: boolean;
  /** Streams that it did not end. */
  unended: readonly string[];
  isIncomplete: boolean;
  /** A failure of one stream that it told, although it then called the stream complete. */
  denied: Incident | undefined;
};

/** Yields the failure of the attempt as it stands once the source has ended. */
export function judgeSource(
  child: Child,
  end: SideEnd,
  { incident: before, isStopping, unended, isIncomplete, denied }: SourceCase,
): Incident | undefined {
  const about = aboutOf(child);
  if (before?.side === "source") return { ...before, stderr: about.stderr };
  if (before !== undefined || isStopping) return before;
  // streams that failed are told by their statuses
  const isTold = end.exitCode === ExitCode.partial && isIncomplete && unended.length === 0;
  const found = isTold || child.isForced ? undefined : endIncident("source", about, end);
  if (found !== undefined) return found;
  if (unended.length === 0) return denied;
  const streams = listed(unended.map((stream) => `"${stream}"`));
  const message = `${child.name} ended with exit code ${end.exitCode ?? "none"} but did not say how these streams ended: ${streams}.`;
  return incident("source", "protocol", message, about.stderr);
}

function aboutOf(child: Child): { name: string; stderr: string } {
  return { name: child.name, stderr: child.running.stderrTail() };
}

function listed(names: readonly string[]): string {
  return names.slice(0, 5).join(", ") + (names.length > 5 ? ` and ${names.length - 5} more` : "");
}
