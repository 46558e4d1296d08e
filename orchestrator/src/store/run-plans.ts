import type { PlannedStream } from "@sluice/runner";
import type { Database } from "./database.ts";
import type { HeldRun } from "./held-run.ts";
import { storable } from "./storable.ts";

/** Runs before that are looked at for one that moved a stream in the same way. */
const RUNS_BEFORE = 20;

/** How many records a stream may have, by the run that told so. */
export type ExpectedRows = { rows: number; runId: string };

/** What runs are to move, and what that was in earlier ones. */
export class RunPlans {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Keeps what a run is to move. Resolves to how many records a complete run before it had of each stream that it moved in
   * the same way; to nothing for a run that another process began, of which only the rest is to come.
   */
  async keep({ runId, worker }: HeldRun, streams: readonly PlannedStream[]): Promise<Map<string, ExpectedRows>> {
    const plan = storable(Object.fromEntries(streams.map(({ stream, ...how }) => [stream, how])));
    const { rows: kept } = await this.#database.pool.query<{ pipeline_id: string; number: string; is_first: boolean }>(
      `UPDATE runs SET plan = CASE WHEN plan IS NULL THEN $3 ELSE '{}'::jsonb END
        WHERE id = $1 AND worker = $2 AND status = 'running'
        RETURNING pipeline_id, number, plan = $3::jsonb AS is_first`,
      [runId, worker, plan],
    );
    if (kept[0]?.is_first !== true) return new Map();
    const { rows } = await this.#database.pool.query<{ stream: string; rows: number; run_id: string }>(
      `WITH before AS (
         SELECT id, number, plan, summary FROM runs
          WHERE pipeline_id = $1 AND number < $2 AND plan IS NOT NULL AND status IN ('succeeded', 'partial')
          ORDER BY number DESC LIMIT ${RUNS_BEFORE})
       SELECT DISTINCT ON (stream) stream, before.id AS run_id, (totals->>'read')::float8 AS rows
         FROM before, jsonb_each(before.summary->'streams') AS moved (stream, totals)
         JOIN jsonb_each($3::jsonb) AS planned (name, how) ON name = stream
        WHERE totals->>'status' = 'complete' AND how->>'extent' <> 'part' AND before.plan->stream = how
        ORDER BY stream, before.number DESC`,
      [kept[0].pipeline_id, kept[0].number, plan],
    );
    return new Map(rows.map(({ stream, rows: count, run_id }) => [stream, { rows: count, runId: run_id }]));
  }
}
