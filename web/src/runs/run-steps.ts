import type { Schemas } from "../api/client.ts";
import { durationInWords } from "../controls/instant-words.ts";
import { streamFigures } from "./run-figures.ts";
import { optionWords, reasonWords, runLengthMs, type Run } from "./run-words.ts";

type Attempt = Schemas["RunAttempt"];

/** Something that happened to a run; `at` is null for what goes on now. */
export type RunStep = { key: string; at: string | null; title: string; note?: string; isNow?: boolean };

const OUTCOMES: Record<Attempt["outcome"], string> = {
  succeeded: "succeeded",
  partial: "ended with streams that are not complete",
  stopped: "was stopped",
  failed: "failed",
  given_back: "was given back",
  lost: "was lost",
};

/** Why there is another attempt, where no failure says it. */
const REASONS: Partial<Record<Attempt["outcome"], string>> = {
  given_back: "Its worker ended in order; another one goes on from what is committed.",
  lost: "Its worker no longer answered; another one goes on from what is committed.",
};

/** Yields what happened to a run, in order: when it was asked for, each of its attempts with what came of it, and its end. */
export function runSteps(run: Run, nowMs: number): RunStep[] {
  const { created_at: madeAt, started_at: beganAt, ended_at: endedAt, cancel_requested_at: cancelledAt } = run;
  const asked = [reasonWords(run), optionWords(run)].filter((each) => each !== undefined).join("; ");
  const steps: RunStep[] = [{ key: "asked", at: madeAt, title: "Asked for", note: asked }];
  if (beganAt !== null) {
    const waitedMs = Date.parse(beganAt) - Date.parse(madeAt);
    const worker = run.attempts[0]?.worker ?? run.worker;
    const by = worker === null ? "" : `, on ${worker}`;
    steps.push({ key: "began", at: beganAt, title: "Began", note: `after ${durationInWords(waitedMs)}${by}` });
  }
  // of a run that had one attempt its begin and its end tell all; one that never came to its streams has no try
  const isOne = endedAt !== null && run.attempts.length === 1 && (run.attempts[0]?.tries ?? 0) <= 1;
  if (!isOne) steps.push(...run.attempts.map(attemptStep));
  if (cancelledAt !== null) steps.push({ key: "cancelled", at: cancelledAt, title: "Asked to end" });
  if (endedAt === null) return [...steps, nowStep(run)];
  const lengthMs = runLengthMs(run, nowMs);
  const note = lengthMs === undefined ? run.status : `${run.status}, after ${durationInWords(lengthMs)}`;
  return [...steps, { key: "ended", at: endedAt, title: "Ended", note }];
}

function attemptStep({ number, outcome, failure, tries, ...attempt }: Attempt): RunStep {
  const length = durationInWords(Date.parse(attempt.ended_at) - Date.parse(attempt.began_at));
  const words = [
    failure?.message ?? REASONS[outcome],
    `It took ${length} on ${attempt.worker}${tries > 1 ? ` and began ${tries} times; the log tells why` : ""}.`,
  ];
  return {
    key: `attempt ${number}`,
    at: attempt.ended_at,
    title: `Attempt ${number} ${OUTCOMES[outcome]}`,
    note: words.filter((each) => each !== undefined).join(" "),
  };
}

function nowStep(run: Run): RunStep {
  const last = run.attempts.at(-1);
  const attempt = last === undefined ? "Now: " : `Attempt ${last.number + 1}: `;
  return {
    key: "now",
    at: run.status === "queued" ? run.not_before : null,
    title: attempt + nowWords(run),
    isNow: true,
  };
}

function nowWords(run: Run): string {
  if (run.status === "queued") return "waiting to begin";
  if (run.cancel_requested_at !== null) return "stopping in order";
  if (streamFigures(run).length === 0) return "asking the source for its streams";
  return run.reason === "live" ? "following what changes" : "moving records";
}
