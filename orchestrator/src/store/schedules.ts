import { instantsAfter, type Timing } from "../schedules/timing.ts";
import { audit, type Actor } from "./audit-log.ts";
import { changed } from "./connections.ts";
import type { Database, Queryable } from "./database.ts";
import { newId } from "./ids.ts";
import { pageOf, type PageOf, type PageRequest } from "./pages.ts";
import type { RunOptions } from "./runs.ts";
import { StoreConflict } from "./store-conflict.ts";

/** When a pipeline runs by itself, and what keeps it from that. */
export type Schedule = {
  id: string;
  pipeline_id: string;
  cron: string | null;
  /** Of the cron expression. */
  time_zone: string | null;
  every_s: number | null;
  options: RunOptions;
  /** Smaller ones begin first. */
  priority: number;
  version: number;
  created_at: Date;
  updated_at: Date;
  /** How many runs of its pipeline failed since the last one that did not. */
  failures: number;
  /** Until when no run begins because earlier ones failed, and of what they did. */
  held_back_until: Date | null;
  held_back_because: string | null;
  /** The last instant at which nothing began, and why. */
  skipped_at: Date | null;
  skipped_because: string | null;
  paused: boolean;
  /** The next instants at which it runs, five at most; none while its pipeline is paused. */
  next_runs: Date[];
};

export type ScheduleFields = Pick<Schedule, "options" | "priority"> &
  ({ cron: string; time_zone: string; every_s: null } | { cron: null; time_zone: null; every_s: number });

export type ScheduleRow = Omit<Schedule, "version" | "every_s" | "next_runs"> & {
  version: string;
  every_s: string | null;
  next_at: Date;
  now: Date;
};

const SHOWN_INSTANTS = 5;
/** How long a schedule rests after a failure; it doubles with each further one. */
const BACKOFF_S = 60;
const MAX_BACKOFF_S = 21_600;

/** The columns of a schedule, with what its pipeline says and the time of the database. */
export const SELECT_SCHEDULES =
  "SELECT s.*, p.paused, now() AS now FROM schedules s JOIN pipelines p ON p.id = s.pipeline_id";

/** The schedules of pipelines. */
export class Schedules {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Throws `config` for a timing that is none or never comes, and for a pipeline that is not there. */
  async create(pipelineId: string, fields: ScheduleFields, actor: Actor): Promise<Schedule> {
    return this.#database.transaction(async (client) => {
      const { rows: found } = await client.query<{ now: Date }>(
        "SELECT now() AS now FROM pipelines WHERE id = $1 FOR SHARE",
        [pipelineId],
      );
      const now = found[0]?.now;
      if (now === undefined) throw new StoreConflict("not_found", `There is no pipeline "${pipelineId}".`);
      const id = newId("sched");
      const timing = timingOf({ ...fields, created_at: now });
      await client.query(
        `INSERT INTO schedules (id, pipeline_id, cron, time_zone, every_s, options, priority, next_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [id, pipelineId, ...columnsOf(fields), instantsAfter(timing, now, 1)[0]],
      );
      await audit(client, actor, { action: "schedule.create", target: id, detail: { pipeline_id: pipelineId } });
      return shown(await rowOf(client, id));
    });
  }

  /** Resolves to a page of all schedules, or of those of one pipeline, by pipeline. */
  async list({ pipelineId }: { pipelineId?: string }, { after, limit }: PageRequest): Promise<PageOf<Schedule>> {
    const { rows } = await this.#database.pool.query<ScheduleRow>(
      `${SELECT_SCHEDULES} WHERE ($1::text IS NULL OR s.pipeline_id = $1)
          AND ($2::text IS NULL OR (s.pipeline_id, s.id) > ($2, $3)) ORDER BY s.pipeline_id, s.id LIMIT $4 + 1`,
      [pipelineId ?? null, after?.[0] ?? null, after?.[1] ?? null, limit],
    );
    return pageOf(rows.map(shown), limit, ({ pipeline_id, id }) => [pipeline_id, id]);
  }

  /** Throws for one that is not there. */
  async get(id: string): Promise<Schedule> {
    return shown(await rowOf(this.#database.pool, id));
  }

  /** Changes a schedule; what held it back is forgotten. Throws when it is no longer of the given version. */
  async update(
    id: string,
    { version, fields }: { version: number | undefined; fields: ScheduleFields },
    actor: Actor,
  ): Promise<Schedule> {
    return this.#database.transaction(async (client) => {
      const before = await rowOf(client, id, "FOR UPDATE OF s");
      if (version !== undefined && Number(before.version) !== version) throw changed(`The schedule "${id}"`);
      const timing = timingOf({ ...fields, created_at: before.created_at });
      await client.query(
        `UPDATE schedules SET cron = $2, time_zone = $3, every_s = $4, options = $5, priority = $6, next_at = $7,
                failures = 0, held_back_until = NULL, held_back_because = NULL, version = version + 1, updated_at = now()
          WHERE id = $1`,
        [id, ...columnsOf(fields), instantsAfter(timing, before.now, 1)[0]],
      );
      await audit(client, actor, { action: "schedule.update", target: id, detail: fields });
      return shown(await rowOf(client, id));
    });
  }

  async remove(id: string, actor: Actor): Promise<void> {
    await this.#database.transaction(async (client) => {
      await rowOf(client, id, "FOR UPDATE OF s");
      await client.query("DELETE FROM schedules WHERE id = $1", [id]);
      await audit(client, actor, { action: "schedule.delete", target: id });
    });
  }
}

/**
 * Holds the schedules of a pipeline back after a failed run, for longer with each one, or lets them go on after one that
 * did not fail; in the transaction of the run's end.
 */
export async function noteOutcome(
  client: Queryable,
  { pipelineId, failure }: { pipelineId: string; failure: string | undefined },
): Promise<void> {
  if (failure === undefined) {
    await client.query(
      `UPDATE schedules SET failures = 0, held_back_until = NULL, held_back_because = NULL
        WHERE pipeline_id = $1 AND failures > 0`,
      [pipelineId],
    );
    return;
  }
  await client.query(
    `UPDATE schedules SET failures = failures + 1, held_back_because = $2,
            held_back_until = now() + least($3::float8 * 2 ^ least(failures, 20), $4::float8) * interval '1 second'
      WHERE pipeline_id = $1`,
    [pipelineId, failure, BACKOFF_S, MAX_BACKOFF_S],
  );
}

/** Yields when a schedule's runs begin. */
export function timingOf(
  row: Pick<ScheduleRow, "cron" | "time_zone" | "created_at"> & { every_s: string | number | null },
): Timing {
  if (row.cron !== null) return { cron: row.cron, timeZone: row.time_zone ?? "UTC" };
  return { everyS: Number(row.every_s), from: row.created_at };
}

/** Yields the next instant at which a schedule runs; undefined while its pipeline is paused. */
export function nextRunOf(row: ScheduleRow): Date | undefined {
  return shown(row).next_runs[0];
}

async function rowOf(client: Queryable, id: string, lock: "" | "FOR UPDATE OF s" = ""): Promise<ScheduleRow> {
  const { rows } = await client.query<ScheduleRow>(`${SELECT_SCHEDULES} WHERE s.id = $1 ${lock}`, [id]);
  if (rows[0] === undefined) throw new StoreConflict("not_found", `There is no schedule "${id}".`);
  return rows[0];
}

function columnsOf({ cron, time_zone, every_s, options, priority }: ScheduleFields) {
  return [cron, time_zone, every_s, options, priority];
}

function shown(row: ScheduleRow): Schedule {
  const { next_at: nextAt, now, ...schedule } = row;
  const heldUntil = Math.max(Number(row.held_back_until ?? 0), Number(nextAt) - 1);
  const from = new Date(Math.max(heldUntil, Number(now) - 1));
  return {
    ...schedule,
    version: Number(row.version),
    every_s: row.every_s === null ? null : Number(row.every_s),
    next_runs: row.paused ? [] : instantsAfter(timingOf(row), from, SHOWN_INSTANTS),
  };
}
