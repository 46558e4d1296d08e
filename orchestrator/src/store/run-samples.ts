import type { Payload } from "@sluice/protocol";
import type { Database } from "./database.ts";
import type { HeldRun } from "./held-run.ts";

/** How fast a run was at an instant; counts are of all its streams, since it began. */
export type RunSample = {
  at: Date;
  read: number;
  committed: number;
  rows_per_second: number;
  bytes_per_second: number;
  lag_ms: number | null;
};

const EVERY_S = 2;
/** A long run is sampled more rarely, so that its samples grow with the logarithm of its duration. */
const SAMPLES_OF_A_DURATION = 300;

/** How fast runs were, for a chart. */
export class RunSamples {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Keeps the progress of a worker's run, unless a sample was taken just now, or the run is no longer its. */
  async take({ runId, worker }: HeldRun, { totals }: Payload<"progress">): Promise<void> {
    if (totals === undefined) return;
    const { read, committed, rows_per_second: rows, bytes_per_second: bytes, lag_ms: lag } = totals;
    await this.#database.pool.query(
      `INSERT INTO run_samples (run_id, at, read, committed, rows_per_second, bytes_per_second, lag_ms)
       SELECT id, now(), $2, $3, $4, $5, $6 FROM runs
        WHERE id = $1 AND worker = $7 AND status = 'running' AND NOT EXISTS (SELECT 1 FROM run_samples WHERE run_id = $1
          AND at > now() - greatest(interval '${EVERY_S} s', (now() - runs.started_at) / ${SAMPLES_OF_A_DURATION}))
       ON CONFLICT DO NOTHING`,
      [runId, read, committed, rows, bytes, lag ?? null, worker],
    );
  }

  /** Resolves to the samples of a run, the oldest first. */
  async of(runId: string): Promise<RunSample[]> {
    const { rows } = await this.#database.pool.query<RunSample>(
      `SELECT at, read::float8 AS read, committed::float8 AS committed, rows_per_second, bytes_per_second, lag_ms
         FROM run_samples WHERE run_id = $1 ORDER BY at`,
      [runId],
    );
    return rows;
  }
}
