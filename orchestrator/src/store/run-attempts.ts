import type { Summary } from "@sluice/runner";

export const ATTEMPT_OUTCOMES = ["succeeded", "partial", "stopped", "failed", "given_back", "lost"] as const;

/** One go of a worker at a run that is over. */
export type RunAttempt = {
  /** From 1, also where the first ones are no longer kept. */
  number: number;
  began_at: Date;
  ended_at: Date;
  worker: string;
  /** given_back: its worker ended in order; lost: its worker was gone. */
  outcome: (typeof ATTEMPT_OUTCOMES)[number];
  /** How often the runner began within it. */
  tries: number;
  failure: Pick<NonNullable<Summary["failure"]>, "side" | "failure_type" | "message"> | null;
};

/** An attempt as it is stored. */
export type StoredAttempt = Omit<RunAttempt, "began_at" | "ended_at"> & { began_at: string; ended_at: string };

/** A run that outlives many workers keeps its newest attempts. */
const MAX_ATTEMPTS = 20;

/** Yields SQL for a run's attempts together with the one that ends, of which this parameter is what `endOf` yields. */
export function attemptsWith(end: string, endedAt = "now()"): string {
  const kept = `CASE WHEN jsonb_array_length(attempts) < ${MAX_ATTEMPTS} THEN attempts ELSE attempts - 0 END`;
  const number = "coalesce((attempts->-1->>'number')::int, 0) + 1";
  const begun = `jsonb_build_object('number', ${number}, 'began_at', taken_at, 'ended_at', ${endedAt}, 'worker', worker)`;
  return `${kept} || (${begun} || ${end}::jsonb)`;
}

/** Yields what is kept of how an attempt ended. */
export function endOf(
  outcome: RunAttempt["outcome"],
  { attempts = 1, failure = null }: Partial<Pick<Summary, "attempts" | "failure">> = {},
): Pick<RunAttempt, "outcome" | "tries" | "failure"> {
  const told =
    failure === null ? null : { side: failure.side, failure_type: failure.failure_type, message: failure.message };
  return { outcome, tries: attempts, failure: told };
}

export function shownAttempt({ began_at: began, ended_at: ended, ...rest }: StoredAttempt): RunAttempt {
  return { ...rest, began_at: new Date(began), ended_at: new Date(ended) };
}
