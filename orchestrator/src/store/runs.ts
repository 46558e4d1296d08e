import type { Payload } from "@sluice/protocol";
import type { Summary } from "@sluice/runner";
import { audit, type Actor } from "./audit-log.ts";
import type { Database, Queryable } from "./database.ts";
import { lockHeld, type HeldRun } from "./held-run.ts";
import { newId } from "./ids.ts";
import { pageOf, type PageOf, type PageRequest } from "./pages.ts";
import { shownAttempt, type RunAttempt, type StoredAttempt } from "./run-attempts.ts";
import { storable } from "./storable.ts";
import { StoreConflict } from "./store-conflict.ts";

export const RUN_STATUSES = ["queued", "running", "succeeded", "partial", "stopped", "failed"] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** One go at a pipeline, from the wish to its end. */
export type StoredRun = {
  id: string;
  number: number;
  pipeline_id: string;
  reason: "manual" | "schedule" | "retry" | "live";
  scheduled_at: Date | null;
  options: RunOptions;
  status: RunStatus;
  cancel_requested_at: Date | null;
  created_at: Date;
  started_at: Date | null;
  ended_at: Date | null;
  worker: string | null;
  progress: Payload<"progress"> | null;
  /** Of each stream while it goes on, as far as something is known; empty or null when nothing is. */
  estimates: Record<string, StreamEstimate> | null;
  /** How it ended, or how its last attempt did. */
  summary: Summary | null;
  schedule_id: string | null;
  /** Smaller ones begin first. */
  priority: number;
  failed_attempts: number;
  /** When its next attempt may begin. */
  not_before: Date | null;
  /** Why it has not begun yet, as far as somebody tried. */
  waiting_because: string | null;
  /** Those that are over, the oldest first. */
  attempts: RunAttempt[];
};

/** About how much a stream of a run will be, as it was in another run, and about when it will end at its present pace. */
export type StreamEstimate = { rows_about: number; from_run_id: string; ends_at_about: string | null };

/** A run as the queue needs it. */
export type QueuedRun = { id: string; priority: number; delayMs?: number };

/** What a run asks for besides what its pipeline says; times are ISO 8601. */
export type RunOptions = {
  select?: string[] | undefined;
  full_refresh?: true | string[] | undefined;
  limit?: number | undefined;
  since?: string | undefined;
  until?: string | undefined;
  /** Keep what its source says, redacted. */
  record?: boolean | undefined;
};

/** A run as it is stored. */
export type RunRow = Omit<StoredRun, "number" | "attempts"> & {
  number: string;
  attempts: StoredAttempt[];
  offered_at: Date | null;
  held_until: Date | null;
  taken_at: Date | null;
  taken_versions: string[] | null;
  lost_workers: number;
  plan: unknown;
};
export type LogLine = { level: "debug" | "info" | "warn" | "error"; side: string; stream?: string; message: string };
export type StoredLogLine = Omit<LogLine, "stream"> & { stream: string | null; number: number; logged_at: Date };

/** Lines that are kept of one run: the first ones are forgotten when there are more. */
const MAX_LOG_LINES = 10_000;
/** Of a line longer than that, the beginning is kept. */
export const MAX_MESSAGE_LENGTH = 10_000;

/** What ran, runs and will run. */
export class Runs {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves to a new run in the queue. Throws for a pipeline that is not there or is paused. */
  async create(
    { pipelineId, options, reason }: { pipelineId: string; options: RunOptions; reason: "manual" | "retry" },
    actor: Actor,
  ): Promise<StoredRun> {
    return this.#database.transaction(async (client) => {
      const { rows: found } = await client.query<{ name: string; paused: boolean }>(
        "SELECT name, paused FROM pipelines WHERE id = $1 FOR SHARE",
        [pipelineId],
      );
      if (found[0] === undefined) throw new StoreConflict("not_found", `There is no pipeline "${pipelineId}".`);
      if (found[0].paused)
        throw new StoreConflict("in_use", `The pipeline "${found[0].name}" is paused; resume it first.`);
      const { rows } = await client.query<RunRow>(
        "INSERT INTO runs (id, pipeline_id, reason, options) VALUES ($1, $2, $3, $4) RETURNING *",
        [newId("run"), pipelineId, reason, options],
      );
      const run = shownRun(rows[0] as RunRow);
      await audit(client, actor, { action: "run.create", target: run.id, detail: { pipeline_id: pipelineId } });
      return run;
    });
  }

  /** Resolves to a page of the runs, the newest first. */
  async list(
    { pipelineId, status }: { pipelineId?: string | undefined; status?: RunStatus | undefined },
    { after, limit }: PageRequest,
  ): Promise<PageOf<StoredRun>> {
    const { rows } = await this.#database.pool.query<RunRow>(
      `SELECT * FROM runs WHERE ($1::text IS NULL OR pipeline_id = $1) AND ($2::text IS NULL OR status = $2)
          AND ($3::bigint IS NULL OR number < $3) ORDER BY number DESC LIMIT $4 + 1`,
      [pipelineId ?? null, status ?? null, after?.[0] ?? null, limit],
    );
    return pageOf(rows.map(shownRun), limit, ({ number }) => [String(number)]);
  }

  /** Resolves to a page of the runs that have not begun, in the order in which they are to begin. */
  async waiting({ after, limit }: PageRequest): Promise<PageOf<StoredRun>> {
    const { rows } = await this.#database.pool.query<RunRow>(
      `SELECT * FROM runs WHERE status = 'queued' AND ended_at IS NULL AND ($1::bigint IS NULL OR (priority, number) > ($1, $2))
        ORDER BY priority, number LIMIT $3 + 1`,
      [after?.[0] ?? null, after?.[1] ?? null, limit],
    );
    return pageOf(rows.map(shownRun), limit, ({ priority, number }) => [String(priority), String(number)]);
  }

  /** Resolves to how many runs have not begun. */
  async countWaiting(): Promise<number> {
    const { rows } = await this.#database.pool.query<{ count: number }>(
      "SELECT count(*)::integer AS count FROM runs WHERE status = 'queued' AND ended_at IS NULL",
    );
    return rows[0]?.count ?? 0;
  }

  /** Resolves to the number of a run's first line of level error; to null when there is none. */
  async firstError(id: string): Promise<number | null> {
    const { rows } = await this.#database.pool.query<{ number: number | null }>(
      "SELECT min(number)::float8 AS number FROM run_logs WHERE run_id = $1 AND level = 'error'",
      [id],
    );
    return rows[0]?.number ?? null;
  }

  /** Throws for one that is not there. */
  async get(id: string): Promise<StoredRun> {
    return shownRun(await rowOf(this.#database.pool, id));
  }

  /** Asks a run to end: one that has not begun ends at once, any other one in order. Throws for one that has ended. */
  async cancel(id: string, actor: Actor): Promise<StoredRun> {
    return this.#database.transaction(async (client) => {
      const before = await rowOf(client, id, "FOR UPDATE");
      if (before.ended_at !== null)
        throw new StoreConflict("in_use", `The run "${id}" has ended already (${before.status}).`);
      const { rows } = await client.query<RunRow>(
        `UPDATE runs SET cancel_requested_at = coalesce(cancel_requested_at, now()),
                status = CASE WHEN status = 'queued' THEN 'stopped' ELSE status END,
                ended_at = CASE WHEN status = 'queued' THEN now() ELSE ended_at END
          WHERE id = $1 RETURNING *`,
        [id],
      );
      if (before.cancel_requested_at === null) await appendLines(client, id, [await cancelLine(client, actor)]);
      await audit(client, actor, { action: "run.cancel", target: id });
      return shownRun(rows[0] as RunRow);
    });
  }

  /**
   * Appends lines to the log of a worker's run, and forgets the oldest of more than 10,000. Resolves to false when the run
   * is no longer its.
   */
  async log(held: HeldRun, lines: readonly LogLine[]): Promise<boolean> {
    return this.#database.transaction(async (client) => {
      if ((await lockHeld(client, held)) === undefined) return false;
      await appendLines(client, held.runId, lines);
      return true;
    });
  }

  /** Resolves to a page of a run's lines of these levels that contain the text, whatever its case; the oldest first. */
  async logs(
    id: string,
    { levels, contains = "" }: { levels?: readonly LogLine["level"][] | undefined; contains?: string | undefined },
    { after, limit }: PageRequest,
  ): Promise<PageOf<StoredLogLine>> {
    await rowOf(this.#database.pool, id);
    const { rows } = await this.#database.pool.query<Omit<StoredLogLine, "number"> & { number: string }>(
      `SELECT number, logged_at, level, side, stream, message FROM run_logs
        WHERE run_id = $1 AND number > $2 AND ($3::text[] IS NULL OR level = ANY ($3))
          AND ($4 = '' OR strpos(lower(message), lower($4)) > 0) ORDER BY number LIMIT $5 + 1`,
      [id, after?.[0] ?? 0, levels ?? null, contains, limit],
    );
    return pageOf(
      rows.map((row) => ({ ...row, number: Number(row.number) })),
      limit,
      ({ number }) => [String(number)],
    );
  }
}

async function appendLines(client: Queryable, id: string, lines: readonly LogLine[]): Promise<void> {
  // the lines of a run are numbered without gaps
  await client.query("SELECT 1 FROM runs WHERE id = $1 FOR UPDATE", [id]);
  const { rows } = await client.query<{ last: string }>(
    "SELECT coalesce(max(number), 0) AS last FROM run_logs WHERE run_id = $1",
    [id],
  );
  const last = Number(rows[0]?.last);
  await client.query(
    `INSERT INTO run_logs (run_id, number, logged_at, level, side, stream, message)
     SELECT $1, $2 + ordinality, now(), line->>'level', line->>'side', line->>'stream', left(line->>'message', $4)
       FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS lines (line, ordinality)`,
    [id, last, JSON.stringify(storable(lines)), MAX_MESSAGE_LENGTH],
  );
  await client.query("DELETE FROM run_logs WHERE run_id = $1 AND number <= $2", [
    id,
    last + lines.length - MAX_LOG_LINES,
  ]);
}

/** Who cancelled a run, by the name of the token. */
async function cancelLine(client: Queryable, { tokenId }: Actor): Promise<LogLine> {
  const { rows } = await client.query<{ name: string }>("SELECT name FROM tokens WHERE id = $1", [tokenId]);
  const by = rows[0] === undefined ? "" : ` by "${rows[0].name}"`;
  return { level: "info", side: "orchestrator", message: `Cancelled${by}.` };
}

async function rowOf(client: Queryable, id: string, lock: "" | "FOR UPDATE" = ""): Promise<RunRow> {
  const { rows } = await client.query<RunRow>(`SELECT * FROM runs WHERE id = $1 ${lock}`, [id]);
  if (rows[0] === undefined) throw new StoreConflict("not_found", `There is no run "${id}".`);
  return rows[0];
}

/** Yields a run as it is shown: without how workers share it. */
export function shownRun(row: RunRow): StoredRun {
  return {
    id: row.id,
    number: Number(row.number),
    pipeline_id: row.pipeline_id,
    reason: row.reason,
    scheduled_at: row.scheduled_at,
    options: row.options,
    status: row.status,
    cancel_requested_at: row.cancel_requested_at,
    created_at: row.created_at,
    started_at: row.started_at,
    ended_at: row.ended_at,
    worker: row.worker,
    progress: row.progress,
    estimates: row.estimates,
    summary: row.summary,
    schedule_id: row.schedule_id,
    priority: row.priority,
    failed_attempts: row.failed_attempts,
    not_before: row.not_before,
    waiting_because: row.waiting_because,
    attempts: row.attempts.map(shownAttempt),
  };
}
