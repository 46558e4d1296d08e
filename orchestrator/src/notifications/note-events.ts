import type { Queryable } from "../store/database.ts";
import { GOOD_AT, LIVED_WELL } from "../store/live-runs.ts";
import { LAST_GOOD_AT } from "../store/telling-runs.ts";

/** Runs that ended longer ago are no news, as after a night without a server. */
const NEWS = "1 day";

/** Of each run that ended lately, or lives well, with how the one before it ended; what somebody stopped tells nothing. */
const ENDED = `
  SELECT r.id, r.pipeline_id, r.good_at IS NOT NULL AS is_good, coalesce(r.ended_at, now()) AS ended_at,
         CASE WHEN r.ended_at IS NOT NULL AND ${LIVED_WELL} THEN true
              ELSE (SELECT before.status = 'succeeded' FROM runs before
                     WHERE before.pipeline_id = r.pipeline_id AND before.number < r.number
                       AND before.status IN ('succeeded', 'partial', 'failed')
                     ORDER BY before.number DESC LIMIT 1) END AS was_good
    FROM (SELECT *, ${GOOD_AT} AS good_at FROM runs) AS r
   WHERE (r.ended_at > now() - interval '${NEWS}' AND r.status IN ('succeeded', 'partial', 'failed'))
      OR (r.ended_at IS NULL AND r.good_at IS NOT NULL)`;

/**
 * Notes what somebody is to be told: the first failure after a success, the first success after a failure, and silences.
 * Each is noted once, however many programs look and however often.
 */
export async function noteEvents(client: Queryable): Promise<void> {
  await client.query(
    `INSERT INTO deliveries (notification_id, event, subject, pipeline_id, run_id)
     SELECT n.id, CASE WHEN is_good THEN 'recovery' ELSE 'failure' END, e.id, e.pipeline_id, e.id
       FROM (${ENDED}) AS e
       JOIN notifications n ON n.created_at < e.ended_at
        AND CASE WHEN is_good THEN 'recovery' ELSE 'failure' END = ANY (n.events)
      WHERE is_good <> coalesce(was_good, true)
     ON CONFLICT DO NOTHING`,
  );
  await client.query(
    `INSERT INTO deliveries (notification_id, event, subject, pipeline_id)
     SELECT n.id, 'silence', p.id || ' since ' || good.at, p.id
       FROM pipelines p
       CROSS JOIN notifications n
       CROSS JOIN LATERAL (SELECT coalesce(${LAST_GOOD_AT}, p.created_at) AS at) AS good
      WHERE 'silence' = ANY (n.events) AND NOT p.paused
        AND greatest(good.at, n.created_at) < now() - n.silence_s * interval '1 second'
     ON CONFLICT DO NOTHING`,
  );
}
