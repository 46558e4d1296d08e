import { ExitCode, type Payload } from "@sluice/protocol";
import type { Summary } from "@sluice/runner";
import type { Database, Queryable } from "./database.ts";
import { FOLLOWS } from "./live-runs.ts";
import type { HeldRun } from "./held-run.ts";
import { IS_UNHELD, isDue, isHeldUntil, isPutOffUntil, LEASE_MS } from "./moments.ts";
import { attemptsWith, endOf } from "./run-attempts.ts";
import { shownRun, type QueuedRun, type RunRow, type StoredRun } from "./runs.ts";
import { noteOutcome } from "./schedules.ts";
import { storable } from "./storable.ts";

/** A run that nobody holds is offered to the queue again after so long: the queue may have lost it. */
const OFFER_AGAIN_MS = 10_000;
const OFFER_BATCH = 200;
/** A run whose workers are lost again and again may be what they are lost by. */
const MAX_LOST_WORKERS = 5;
/** A worker that was lost later than that was hardly lost by the run. */
const QUICK_LOSS_MS = 600_000;
const MIN_WAIT_MS = 1000;
const MAX_WAIT_MS = 15_000;

type PipelineRow = { paused: boolean; source_id: string; destination_id: string; versions: string[] };
type StartRow = RunRow & PipelineRow & { now: Date };
/** SQL: the pipelines `p` with what they move between; and the versions of all three. */
const PIPELINES = `pipelines p JOIN connections source ON source.id = p.source_id
         JOIN connections destination ON destination.id = p.destination_id`;
const VERSIONS = "ARRAY[p.version, source.version, destination.version]";
/** How far a run is, and how far it may have to go. */
export type News = { progress: Payload<"progress">; estimates: NonNullable<StoredRun["estimates"]> };
/** Why a run cannot begin yet, and when to try again. */
export type NotYet = { againInMs: number; because: string };

/**
 * Runs in the hands of workers. A worker holds a run by a lease that it renews; what it says of a run that it no longer
 * holds does not count.
 */
export class HeldRuns {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Takes a run for a worker. Resolves to undefined when there is nothing to do any more. */
  async start(held: HeldRun): Promise<StoredRun | NotYet | undefined> {
    try {
      return await this.#database.transaction((client) => start(client, held));
    } catch (error) {
      // two runs of a pipeline that were looked at at the same time
      if (!isUniqueViolation(error, "one_running_run")) throw error;
      return { againInMs: MIN_WAIT_MS, because: "Another run of the pipeline goes on." };
    }
  }

  /** Renews a worker's hold, with what is new of its run; resolves to false when the run is no longer its. */
  async renew({ runId, worker }: HeldRun, news: News | null): Promise<boolean> {
    const { rowCount } = await this.#database.pool.query(
      `UPDATE runs SET held_until = now() + $3 * interval '1 ms',
              progress = coalesce($4, progress), estimates = coalesce($5, estimates)
        WHERE id = $1 AND worker = $2 AND status = 'running'`,
      [
        runId,
        worker,
        LEASE_MS,
        ...(news === null ? [null, null] : [storable(news.progress), storable(news.estimates)]),
      ],
    );
    return rowCount === 1;
  }

  /** Stores how a run ended; resolves to false when it is no longer this worker's, whose word then does not count. */
  async end(held: HeldRun, summary: Summary): Promise<boolean> {
    return this.#database.transaction((client) => end(client, held, summary));
  }

  /** Gives a run back whose attempt failed in a way that may pass; another attempt begins after the delay. */
  async retryLater(
    { runId, worker }: HeldRun,
    { summary: told, delayMs }: { summary: Summary; delayMs: number },
  ): Promise<void> {
    const summary = storable(told);
    await this.#database.pool.query(
      `UPDATE runs SET status = 'queued', worker = NULL, held_until = NULL, estimates = NULL, summary = $3,
              attempts = ${attemptsWith("$6")},
              failed_attempts = failed_attempts + 1, not_before = now() + $4 * interval '1 ms', waiting_because = $5
        WHERE id = $1 AND worker = $2 AND status = 'running'`,
      [
        ...[runId, worker, summary, delayMs, `Its last attempt failed: ${summary.failure?.message ?? ""}`],
        endOf("failed", summary),
      ],
    );
  }

  /** Gives a run back that was stopped for its worker's sake; another worker goes on with it. */
  async release({ runId, worker }: HeldRun): Promise<void> {
    await this.#database.pool.query(
      `UPDATE runs SET status = 'queued', worker = NULL, held_until = NULL, estimates = NULL,
              attempts = ${attemptsWith("$3")}
        WHERE id = $1 AND worker = $2 AND status = 'running'`,
      [runId, worker, endOf("given_back")],
    );
  }

  /**
   * Resolves to why a run is to end, in words, undefined when it is not: somebody asked for it, or it is live and another
   * run of its pipeline waits, or the pipeline is paused, no longer live, or was changed since.
   */
  async whyToEnd(runId: string): Promise<string | undefined> {
    const { rows } = await this.#database.pool.query<{ because: string | null }>(
      `SELECT CASE WHEN r.cancel_requested_at IS NOT NULL THEN 'it was cancelled'
                   WHEN r.reason <> 'live' THEN NULL
                   WHEN NOT ${FOLLOWS} THEN 'its pipeline is paused, or live no more'
                   WHEN r.taken_versions <> ${VERSIONS}
                     THEN 'its pipeline or a connection was changed'
                   WHEN EXISTS (SELECT 1 FROM runs other WHERE other.pipeline_id = p.id AND other.id <> r.id
                                   AND other.ended_at IS NULL AND ${isDue("other")})
                     THEN 'another run of its pipeline comes first' END AS because
         FROM runs r JOIN (${PIPELINES}) ON p.id = r.pipeline_id
        WHERE r.id = $1`,
      [runId],
    );
    return rows[0]?.because ?? undefined;
  }

  /** Resolves to whether somebody asked a run to end. */
  async isCancelRequested(runId: string): Promise<boolean> {
    const { rows } = await this.#database.pool.query(
      "SELECT 1 FROM runs WHERE id = $1 AND cancel_requested_at IS NOT NULL",
      [runId],
    );
    return rows.length > 0;
  }

  /** Resolves to live runs that may be taken, the oldest first. */
  async waitingLive(): Promise<string[]> {
    const { rows } = await this.#database.pool.query<{ id: string }>(
      `SELECT id FROM runs WHERE reason = 'live' AND ended_at IS NULL AND ${IS_UNHELD} AND ${isDue()} ORDER BY number`,
    );
    return rows.map(({ id }) => id);
  }

  /** Resolves to runs that nobody holds and that have waited for a while, the oldest first: the queue is to have them again. */
  async forgotten(): Promise<QueuedRun[]> {
    // another program that began later may have offered a run since now(), which is when this statement began
    const { rows } = await this.#database.pool.query<{ id: string; priority: number; delay_ms: number }>(
      `WITH offered AS (
         UPDATE runs SET offered_at = now() WHERE id IN (
           SELECT id FROM runs
            WHERE ended_at IS NULL AND reason <> 'live' AND ${IS_UNHELD}
              AND coalesce(offered_at, created_at) NOT BETWEEN now() - $1 * interval '1 ms' AND clock_timestamp()
            ORDER BY number LIMIT $2 FOR UPDATE SKIP LOCKED)
         RETURNING number, id, priority,
           CASE WHEN ${isDue()} THEN 0 ELSE extract(epoch FROM not_before - now()) * 1000 END::float8 AS delay_ms)
       SELECT id, priority, delay_ms FROM offered ORDER BY number`,
      [OFFER_AGAIN_MS, OFFER_BATCH],
    );
    return rows.map(({ delay_ms: delayMs, ...run }) => ({ ...run, delayMs }));
  }
}

async function start(client: Queryable, { runId, worker }: HeldRun): Promise<StoredRun | NotYet | undefined> {
  const row = await lockToStart(client, runId);
  if (row === undefined || row.ended_at !== null) return undefined;
  const because = await reasonToWait(client, row, worker);
  if (because !== undefined) {
    if (because !== row.waiting_because)
      await client.query("UPDATE runs SET waiting_because = $2 WHERE id = $1", [runId, because]);
    return { againInMs: waitMs(row), because };
  }
  const lost = lostWorkers(row);
  if (lost > MAX_LOST_WORKERS) {
    await end(client, { runId, worker: row.worker ?? "" }, lostSummary(row));
    return undefined;
  }
  const { rows } = await client.query<RunRow>(
    `UPDATE runs SET status = 'running', started_at = coalesce(started_at, now()), taken_at = now(), worker = $2,
            held_until = now() + $3 * interval '1 ms', not_before = NULL, waiting_because = NULL, lost_workers = $4,
            estimates = NULL, taken_versions = $6,
            attempts = CASE WHEN status = 'running' THEN ${attemptsWith("$5", "held_until")} ELSE attempts END
      WHERE id = $1 RETURNING *`,
    [runId, worker, LEASE_MS, lost, endOf("lost"), row.versions],
  );
  return shownRun(rows[0] as RunRow);
}

/**
 * Locks a run and its pipeline, the pipeline first, as those do who change or delete it: they and a run that begins wait for
 * each other.
 */
async function lockToStart(client: Queryable, runId: string): Promise<StartRow | undefined> {
  const { rows: pipelines } = await client.query<PipelineRow>(
    `SELECT p.paused, p.source_id, p.destination_id, ${VERSIONS} AS versions FROM ${PIPELINES}
      WHERE p.id = (SELECT pipeline_id FROM runs WHERE id = $1) FOR SHARE OF p`,
    [runId],
  );
  const { rows } = await client.query<RunRow & { now: Date }>(
    "SELECT *, now() AS now FROM runs WHERE id = $1 FOR UPDATE",
    [runId],
  );
  return pipelines[0] === undefined || rows[0] === undefined ? undefined : { ...rows[0], ...pipelines[0] };
}

/** Yields how many workers in a row were lost soon after they had taken the run: it is still theirs when it is taken again. */
function lostWorkers({ status, lost_workers: before, taken_at: takenAt, now }: StartRow): number {
  if (status !== "running") return 0;
  return takenAt !== null && Number(now) - Number(takenAt) < QUICK_LOSS_MS ? before + 1 : 1;
}

function lostSummary({ id, pipeline_id, worker }: StartRow): Summary {
  const message = `Its worker was lost ${MAX_LOST_WORKERS + 1} times in a row while it went on, last ${worker ?? "one without a name"}, so no other one takes it over.`;
  return {
    exit_code: ExitCode.unexpected,
    status: "failed",
    run_id: id,
    pipeline_id,
    streams: {},
    failure: { side: "runner", failure_type: "system", message },
    attempts: MAX_LOST_WORKERS + 1,
    states_saved: 0,
    duration_ms: 0,
    next: "Look whether the workers' machines have memory enough for it, and run it again; what is committed stays.",
  };
}

async function end(client: Queryable, { runId, worker }: HeldRun, told: Summary): Promise<boolean> {
  const summary = storable(told);
  const { rows } = await client.query<{ pipeline_id: string }>(
    `UPDATE runs SET status = $3, summary = $4, ended_at = now(), held_until = NULL, not_before = NULL,
            estimates = NULL, attempts = ${attemptsWith("$5")}
      WHERE id = $1 AND worker = $2 AND status = 'running' RETURNING pipeline_id`,
    [runId, worker, summary.status, summary, endOf(summary.status, summary)],
  );
  const pipelineId = rows[0]?.pipeline_id;
  if (pipelineId === undefined) return false;
  const failure = summary.status === "failed" ? (summary.failure?.message ?? "It failed.") : undefined;
  if (summary.status !== "stopped") await noteOutcome(client, { pipelineId, failure });
  return true;
}

async function reasonToWait(client: Queryable, row: StartRow, worker: string): Promise<string | undefined> {
  if (row.status === "running") {
    const isHeld = row.worker !== worker && isHeldUntil(row.held_until, row.now);
    return isHeld ? `The worker ${row.worker} has it.` : undefined;
  }
  if (isPutOffUntil(row.not_before, row.now)) return row.waiting_because ?? "Its next attempt is to wait.";
  if (row.paused) return "The pipeline is paused.";
  const { rows: before } = await client.query<{ id: string }>(
    `SELECT id FROM runs WHERE pipeline_id = $1 AND ended_at IS NULL AND id <> $2
        AND (status = 'running' OR ((priority, number) < ($3, $4) AND ${isDue()})) LIMIT 1`,
    [row.pipeline_id, row.id, row.priority, row.number],
  );
  if (before[0] !== undefined) return `The run ${before[0].id} of the pipeline comes first.`;
  return fullConnection(client, row);
}

/** Resolves to what to say of a connection that as many runs use as may. Those that ask at the same time wait for each other. */
async function fullConnection(client: Queryable, row: StartRow): Promise<string | undefined> {
  const { rows: limited } = await client.query<{ id: string; name: string; concurrent_runs: number }>(
    `SELECT id, name, concurrent_runs FROM connections WHERE id IN ($1, $2) AND concurrent_runs IS NOT NULL
      ORDER BY id FOR NO KEY UPDATE`,
    [row.source_id, row.destination_id],
  );
  for (const { id, name, concurrent_runs: most } of limited) {
    const { rows } = await client.query<{ count: number }>(
      `SELECT count(*)::integer AS count FROM runs r JOIN pipelines p ON p.id = r.pipeline_id
        WHERE r.status = 'running' AND $1 IN (p.source_id, p.destination_id)`,
      [id],
    );
    if ((rows[0]?.count ?? 0) >= most) return `As many runs use the connection "${name}" as may (${most}).`;
  }
  return undefined;
}

/** What has waited for long may wait a little longer: looking costs, and there may be many. */
function waitMs({ now, not_before: notBefore, created_at: since }: StartRow): number {
  if (notBefore !== null && isPutOffUntil(notBefore, now)) return Number(notBefore) - Number(now);
  return Math.min(Math.max((Number(now) - Number(since)) / 10, MIN_WAIT_MS), MAX_WAIT_MS);
}

function isUniqueViolation(error: unknown, constraint: string): boolean {
  return error instanceof Error && "constraint" in error && error.constraint === constraint;
}
