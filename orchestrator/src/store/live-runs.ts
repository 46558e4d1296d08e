import type { Database, Queryable } from "./database.ts";
import { newId } from "./ids.ts";
import { isDue } from "./moments.ts";

/** Of a pipeline `p`: it is to follow what changes. */
export const FOLLOWS = "(NOT p.paused AND p.settings->'live' IS NOT DISTINCT FROM 'true'::jsonb)";
/** Of a run: it is a live one that went on for longer than what fails at once is tried. */
export const LIVED_WELL = "(reason = 'live' AND coalesce(ended_at, now()) > started_at + interval '2 minutes')";
/** Of a run: it is a live one that goes on, and has done so for a while. */
export const LIVES_WELL = `(${LIVED_WELL} AND status = 'running')`;
/** Of a run: when all was well with its pipeline at last because of it; null when it never was. */
export const GOOD_AT = `CASE WHEN status = 'succeeded' THEN ended_at WHEN ${LIVES_WELL} THEN now() END`;

/** Behind every other run of its pipeline. */
const PRIORITY = 9;
/** How long the next live run waits behind one that failed soon; it doubles with each further one. */
const BACKOFF_S = 5;
const MAX_BACKOFF_S = 600;
/** Whatever went on for longer did not fail soon. */
const LONG_LIFE_S = 600;

/**
 * Makes a run for each live pipeline that has none, to begin at once, or later when the ones before failed; and ends those
 * that wait although their pipelines are paused, or live no more. Any number of programs may do so at once.
 */
export async function keepLiveRuns(database: Database): Promise<void> {
  await database.pool.query(
    `UPDATE runs r SET status = 'stopped', ended_at = now() FROM pipelines p
      WHERE p.id = r.pipeline_id AND r.reason = 'live' AND r.status = 'queued' AND NOT ${FOLLOWS}`,
  );
  const { rows } = await database.pool.query<{ id: string }>(
    `SELECT id FROM pipelines p WHERE ${FOLLOWS} AND NOT EXISTS (
       SELECT 1 FROM runs WHERE pipeline_id = p.id AND ended_at IS NULL
          AND (reason = 'live' OR ${isDue()}))`,
  );
  for (const { id } of rows) await makeLiveRun(database.pool, id);
}

async function makeLiveRun(client: Queryable, pipelineId: string): Promise<void> {
  await client.query(
    `WITH before AS (
       SELECT ended_at, CASE WHEN status = 'stopped' THEN 0 WHEN ended_at > started_at + $4 * interval '1 second' THEN 1
                ELSE failed_attempts + 1 END AS failures,
              coalesce(summary->'failure'->>'message', 'it ended by itself') AS because
         FROM runs WHERE pipeline_id = $2 AND reason = 'live' ORDER BY number DESC LIMIT 1)
     INSERT INTO runs (id, pipeline_id, reason, priority, failed_attempts, not_before, waiting_because)
     SELECT $1, p.id, 'live', $3, coalesce(failures, 0),
            CASE WHEN failures > 0
              THEN ended_at + least($5 * 2 ^ least(failures - 1, 20), $6) * interval '1 second' END,
            CASE WHEN failures > 0 THEN 'The live run of before ended: ' || because END
       FROM pipelines p LEFT JOIN before ON true WHERE p.id = $2 AND ${FOLLOWS}
     ON CONFLICT (pipeline_id) WHERE reason = 'live' AND ended_at IS NULL DO NOTHING`,
    [newId("run"), pipelineId, PRIORITY, LONG_LIFE_S, BACKOFF_S, MAX_BACKOFF_S],
  );
}
