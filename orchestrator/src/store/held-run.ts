import { SluiceError } from "@sluice/protocol";
import type { Queryable } from "./database.ts";

/** A run in the hands of a worker. */
export type HeldRun = { runId: string; worker: string };

/**
 * Locks a run for what its worker says of it, in the transaction of the caller. Resolves to its pipeline; to undefined when
 * it is no longer this worker's, whose word then does not count.
 */
export async function lockHeld(client: Queryable, { runId, worker }: HeldRun): Promise<string | undefined> {
  const { rows } = await client.query<{ pipeline_id: string }>(
    "SELECT pipeline_id FROM runs WHERE id = $1 AND worker = $2 AND status = 'running' FOR NO KEY UPDATE",
    [runId, worker],
  );
  return rows[0]?.pipeline_id;
}

/** Yields the failure of a worker that has something to be kept of a run that is no longer its. */
export function takenOver({ runId }: HeldRun): SluiceError {
  return new SluiceError("protocol", `Another worker has taken over the run "${runId}"; this one stores nothing more.`);
}
