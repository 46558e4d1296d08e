import type { Database } from "./database.ts";
import { pageOf, type PageOf, type PageRequest } from "./pages.ts";
import type { RunStatus } from "./runs.ts";
import { nextRunOf, SELECT_SCHEDULES, type ScheduleRow } from "./schedules.ts";
import { LAST_GOOD_AT, TELLING_STATUS } from "./telling-runs.ts";

/** `paused` counts before all else; else it is as the last run that was not stopped says. */
export const HEALTHS = ["new", "healthy", "partial", "failing", "paused"] as const;
export type Health = (typeof HEALTHS)[number];

/** A pipeline with how it is. */
export type PipelineHealth = {
  id: string;
  name: string;
  source: Side;
  destination: Side;
  health: Health;
  /** The run that goes on, or waits. */
  current_run: { id: string; status: RunStatus } | null;
  last_run: { id: string; number: number; status: RunStatus; ended_at: Date; failure: string | null } | null;
  last_success_at: Date | null;
  next_run_at: Date | null;
  /** Runs that ended within the last 30 days, by day in UTC; days without any are left out. */
  days: { day: string; succeeded: number; partial: number; stopped: number; failed: number }[];
};

type Side = { id: string; name: string; connector: string };
type Row = Omit<PipelineHealth, "last_run" | "next_run_at"> & {
  last_run: (Omit<NonNullable<PipelineHealth["last_run"]>, "ended_at"> & { ended_at: string }) | null;
};

const STRIP_DAYS = 30;

const SELECT = `
  WITH judged AS (
    SELECT p.id, p.name, p.source_id, p.destination_id, last.run AS last_run, current.run AS current_run,
           ${LAST_GOOD_AT} AS last_success_at,
           CASE WHEN p.paused THEN 'paused' WHEN telling.status IS NULL THEN 'new' WHEN telling.status = 'failed' THEN 'failing'
                WHEN telling.status = 'partial' THEN 'partial' ELSE 'healthy' END AS health
      FROM pipelines p
      LEFT JOIN LATERAL (
        SELECT json_build_object('id', id, 'number', number, 'status', status, 'ended_at', ended_at,
                                 'failure', summary #>> '{failure,message}') AS run
          FROM runs WHERE pipeline_id = p.id AND ended_at IS NOT NULL ORDER BY number DESC LIMIT 1
      ) last ON true
      CROSS JOIN LATERAL (SELECT ${TELLING_STATUS} AS status) telling
      LEFT JOIN LATERAL (
        SELECT json_build_object('id', id, 'status', status) AS run
          FROM runs WHERE pipeline_id = p.id AND ended_at IS NULL ORDER BY status = 'running' DESC, number LIMIT 1
      ) current ON true
     WHERE $4::text IS NULL OR p.id = $4
  ), shown AS (
    SELECT judged.*,
           json_build_object('id', s.id, 'name', s.name, 'connector', s.connector) AS source,
           json_build_object('id', d.id, 'name', d.name, 'connector', d.connector) AS destination
      FROM judged JOIN connections s ON s.id = source_id JOIN connections d ON d.id = destination_id
     WHERE ($1::text IS NULL OR (judged.name, judged.id) > ($1, $2)) AND ($5::text IS NULL OR health = $5)
       AND ($6::text IS NULL OR strpos(lower(concat_ws(' ', judged.name, s.name, s.connector, d.name, d.connector)), lower($6)) > 0)
     ORDER BY judged.name, judged.id LIMIT $3 + 1
  )
  SELECT id, name, source, destination, health, current_run, last_run, last_success_at, coalesce(strip.days, '[]') AS days
    FROM shown LEFT JOIN LATERAL (
      SELECT json_agg(by_day ORDER BY day) AS days FROM (
        SELECT to_char(ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day,
               count(*) FILTER (WHERE status = 'succeeded') AS succeeded, count(*) FILTER (WHERE status = 'partial') AS partial,
               count(*) FILTER (WHERE status = 'stopped') AS stopped, count(*) FILTER (WHERE status = 'failed') AS failed
          FROM runs WHERE pipeline_id = shown.id
           AND ended_at >= date_trunc('day', now(), 'UTC') - ${STRIP_DAYS - 1} * interval '1 day'
         GROUP BY 1
      ) by_day
    ) strip ON true
   ORDER BY name, id`;

export type HealthFilter = { pipelineId?: string | undefined; health?: Health | undefined; text?: string | undefined };

/** Resolves to a page of pipelines by name with how they are: in two statements, however many there are. */
export async function listHealth(
  { pool }: Database,
  { pipelineId, health, text }: HealthFilter,
  { after, limit }: PageRequest,
): Promise<PageOf<PipelineHealth>> {
  const { rows } = await pool.query<Row>(SELECT, [
    after?.[0] ?? null,
    after?.[1] ?? null,
    limit,
    pipelineId ?? null,
    health ?? null,
    text ?? null,
  ]);
  const ids = rows.map(({ id }) => id);
  const { rows: schedules } = await pool.query<ScheduleRow>(`${SELECT_SCHEDULES} WHERE s.pipeline_id = ANY ($1)`, [
    ids,
  ]);
  const all = rows.map((row): PipelineHealth => {
    const own = schedules.filter(({ pipeline_id }) => pipeline_id === row.id).flatMap((each) => nextRunOf(each) ?? []);
    const last = row.last_run;
    return {
      ...row,
      last_run: last === null ? null : { ...last, ended_at: new Date(last.ended_at) },
      next_run_at: own.toSorted((one, other) => Number(one) - Number(other))[0] ?? null,
    };
  });
  return pageOf(all, limit, ({ name, id }) => [name, id]);
}
