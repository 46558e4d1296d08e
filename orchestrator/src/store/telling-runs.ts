import { LIVES_WELL } from "./live-runs.ts";

/**
 * SQL: when all was well with a pipeline `p` at last: as its last success ended, and now while a live run does well. One
 * look at an index of successes: with `pipeline_id = p.id` another index would do, and go through all runs of all pipelines.
 */
export const LAST_GOOD_AT = `greatest(
  (SELECT CASE WHEN pipeline_id = p.id THEN ended_at END FROM runs
    WHERE status = 'succeeded' AND (pipeline_id, ended_at) <= (p.id, 'infinity')
    ORDER BY pipeline_id DESC, ended_at DESC LIMIT 1),
  (SELECT max(now()) FROM runs WHERE pipeline_id = p.id AND ${LIVES_WELL}))`;

/** SQL: what the runs of a pipeline `p` say of it: the last one that ended, but was not stopped, or a live one that does well. */
export const TELLING_STATUS = `(
  SELECT CASE WHEN ${LIVES_WELL} THEN 'succeeded' ELSE status END FROM runs
   WHERE pipeline_id = p.id AND ((ended_at IS NOT NULL AND status <> 'stopped') OR ${LIVES_WELL})
   ORDER BY number DESC LIMIT 1)`;
