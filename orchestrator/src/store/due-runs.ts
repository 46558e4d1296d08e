import { instantsAfter, lastInstant } from "../schedules/timing.ts";
import type { Database, Queryable } from "./database.ts";
import { newId } from "./ids.ts";
import type { QueuedRun } from "./runs.ts";
import { SELECT_SCHEDULES, timingOf, type ScheduleRow } from "./schedules.ts";

const BATCH = 200;

/**
 * Makes the runs of the schedules whose time has come, by the clock of the database; resolves to these runs. Any number
 * of programs may do so at once: each schedule is dealt with by one of them, and no instant of a pipeline makes two runs
 * with the same options, whatever clocks do.
 */
export async function makeDueRuns(database: Database): Promise<QueuedRun[]> {
  return database.transaction(async (client) => {
    const { rows } = await client.query<ScheduleRow>(
      `${SELECT_SCHEDULES} WHERE s.next_at <= now() ORDER BY s.next_at, s.priority, s.id LIMIT $1 FOR UPDATE OF s SKIP LOCKED`,
      [BATCH],
    );
    const made: QueuedRun[] = [];
    for (const row of rows) made.push(...(await makeDueRun(client, row)));
    return made;
  });
}

async function makeDueRun(client: Queryable, row: ScheduleRow): Promise<QueuedRun[]> {
  const timing = timingOf(row);
  const instant = lastInstant(timing, { due: row.next_at, now: row.now });
  const because = await reasonToSkip(client, row);
  const run = { id: newId("run"), priority: row.priority };
  let isMade = false;
  if (because === undefined) {
    const { rowCount } = await client.query(
      `INSERT INTO runs (id, pipeline_id, reason, scheduled_at, options, priority, schedule_id)
       VALUES ($1, $2, 'schedule', $3, $4, $5, $6) ON CONFLICT (pipeline_id, scheduled_at, md5(options::text)) DO NOTHING`,
      [run.id, row.pipeline_id, instant, row.options, row.priority, row.id],
    );
    isMade = rowCount === 1;
  }
  await client.query(
    `UPDATE schedules SET next_at = $2, skipped_at = coalesce($3, skipped_at), skipped_because = coalesce($4, skipped_because)
      WHERE id = $1`,
    [row.id, instantsAfter(timing, row.now, 1)[0], because === undefined ? null : instant, because ?? null],
  );
  return isMade ? [run] : [];
}

async function reasonToSkip(client: Queryable, row: ScheduleRow): Promise<string | undefined> {
  if (row.paused) return "The pipeline is paused.";
  if (row.held_back_until !== null && row.held_back_until > row.now)
    return `Its last runs failed, so it rests until ${row.held_back_until.toISOString()}: ${row.held_back_because ?? ""}`;
  const { rows } = await client.query<{ id: string }>(
    "SELECT id FROM runs WHERE schedule_id = $1 AND ended_at IS NULL LIMIT 1",
    [row.id],
  );
  return rows[0] === undefined ? undefined : `Its run ${rows[0].id} of before has not ended.`;
}
