import type { FailureType } from "@sluice/protocol";
import type { Summary } from "@sluice/runner";
import type { StoredRun } from "../store/runs.ts";

/** What may have passed by the next attempt; whatever needs a person is not tried again. */
const PASSING: readonly FailureType[] = ["transient", "rate_limit"];
const MAX_ATTEMPTS = 3;
const FIRST_DELAY_MS = 30_000;
const FACTOR = 4;

/**
 * Yields how long to wait until a run is tried again, undefined when it is not to be. The runner has begun again several
 * times by then, but within a minute or so.
 */
export function retryDelayMs(
  { status, failure }: Pick<Summary, "status" | "failure">,
  { failed_attempts: failed }: Pick<StoredRun, "failed_attempts">,
): number | undefined {
  if (status !== "failed" || failure === null || !PASSING.includes(failure.failure_type)) return undefined;
  return failed + 1 >= MAX_ATTEMPTS ? undefined : FIRST_DELAY_MS * FACTOR ** failed;
}
