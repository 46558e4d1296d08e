import { ExitCode, SluiceError } from "@sluice/protocol";
import type { ClientBase } from "pg";

/** How long a lease holds without being renewed. */
export const LEASE_MS = 60_000;

/** A run that holds a pipeline under an epoch. */
export type Lease = { pipelineId: string; runId: string; epoch: number };

type HeldLease = { run_id: string; expires_at: string };

/**
 * Throws `transient` with exit code 16 when another run holds the pipeline: its name and when the lease ends are told.
 * A process without a run is another one to every run.
 */
export async function assertFree(
  client: ClientBase,
  { schema, pipelineId, runId }: { schema: string; pipelineId: string; runId: string | undefined },
): Promise<void> {
  const { rows } = await client.query<HeldLease>(
    `SELECT run_id, to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS expires_at
       FROM ${schema}.leases WHERE pipeline_id = $1 AND expires_at > clock_timestamp()`,
    [pipelineId],
  );
  const [held] = rows;
  if (held === undefined || held.run_id === runId) return;
  throw new SluiceError(
    "transient",
    `The pipeline "${pipelineId}" is held by the run "${held.run_id}" until ${held.expires_at}; wait for it to end, end it, or take the pipeline over with --force.`,
    { exitCode: ExitCode.locked },
  );
}

/** Renews a lease again and again, outside of any transaction, until it is stopped. */
export class LeaseKeeper implements Disposable {
  readonly #timer: NodeJS.Timeout;

  /**
   * `renew` resolves to whether the lease is still ours; when it is not, `lost` is called once. A renewal that fails
   * is tried again at the next one: what keeps the rows right is the epoch, not the lease.
   */
  constructor({ renew, lost }: { renew: () => Promise<boolean>; lost: () => void }, everyMs: number = LEASE_MS / 4) {
    let isLost = false;
    this.#timer = setInterval(() => {
      renew()
        .then((isOurs) => {
          // a slow renewal may still be under way when the next one begins
          if (isOurs || isLost) return;
          isLost = true;
          this[Symbol.dispose]();
          lost();
        })
        // the next one tries again
        .catch(() => {});
    }, everyMs);
    this.#timer.unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
