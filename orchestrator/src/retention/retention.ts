import { SluiceError } from "@sluice/protocol";
import { repeat } from "../repeat.ts";
import type { Store } from "../store/store.ts";

/** For how many days what is kept. */
export type RetentionDays = { runs: number; logs: number };

const SWEEP_EVERY_MS = 3_600_000;
const BATCH = 1000;
/** So many runs of each pipeline are kept however old they are, so that one that runs once a year has a history. */
const KEPT_RUNS = 20;

/** Yields the days from SLUICE_KEEP_RUNS_DAYS (365) and SLUICE_KEEP_LOGS_DAYS (30). */
export function retentionDays(env: NodeJS.ProcessEnv = process.env): RetentionDays {
  return { runs: days(env, "SLUICE_KEEP_RUNS_DAYS", 365), logs: days(env, "SLUICE_KEEP_LOGS_DAYS", 30) };
}

/** Forgets what is older than it is kept for: at once, and every hour. Of several programs one does it at a time. */
export function keepForgetting(store: Store, keptDays: RetentionDays): AsyncDisposable {
  const waits = "What is old could not be forgotten, and is tried again in an hour";
  return repeat({ everyMs: SWEEP_EVERY_MS, waits, work: () => sweep(store, keptDays) });
}

/** Forgets logs, runs that have ended, and answers that are too old; resolves to how many of each. */
export async function sweep(store: Store, { runs, logs }: RetentionDays) {
  return {
    logs: await inBatches(
      store,
      `DELETE FROM run_logs WHERE ctid = ANY (ARRAY (
         SELECT run_logs.ctid FROM run_logs JOIN runs ON runs.id = run_id
          WHERE ended_at < now() - make_interval(days => $1) LIMIT ${BATCH}))`,
      logs,
    ),
    details: await forgetDetails(store, logs),
    runs: await inBatches(
      store,
      `DELETE FROM runs WHERE id IN (
         SELECT old.id FROM pipelines p
           CROSS JOIN LATERAL (
             SELECT number FROM runs WHERE pipeline_id = p.id ORDER BY number DESC OFFSET ${KEPT_RUNS - 1} LIMIT 1) AS kept
           JOIN runs old ON old.pipeline_id = p.id AND old.number < kept.number
          WHERE old.ended_at < now() - make_interval(days => $1) LIMIT ${BATCH})`,
      runs,
    ),
    answers: await store.answers.forgetOld(),
    latencies: await store.inbox.forgetLatencies(),
  };
}

/**
 * What is told of a run besides how it ended: how fast it was, its recordings, and its rejected records, which go by their
 * own age, since a live run does not end.
 */
async function forgetDetails(store: Store, olderThanDays: number): Promise<number> {
  let count = await inBatches(
    store,
    `DELETE FROM dead_letters WHERE ctid = ANY (ARRAY (
       SELECT ctid FROM dead_letters WHERE rejected_at < now() - make_interval(days => $1) LIMIT ${BATCH}))`,
    olderThanDays,
  );
  for (const table of ["run_samples", "run_recordings"])
    count += await inBatches(
      store,
      `DELETE FROM ${table} WHERE ctid = ANY (ARRAY (
         SELECT d.ctid FROM ${table} d JOIN runs ON runs.id = d.run_id
          WHERE ended_at < now() - make_interval(days => $1) LIMIT ${BATCH}))`,
      olderThanDays,
    );
  return count;
}

/** Deletes so few rows at a time that nobody waits for them. */
async function inBatches({ database }: Store, sql: string, olderThanDays: number): Promise<number> {
  for (let count = 0; ;) {
    const deleted = await database.transaction(async (client) => {
      const { rows } = await client.query<{ isMine: boolean }>(
        `SELECT pg_try_advisory_xact_lock(hashtext('sluice.retention')) AS "isMine"`,
      );
      if (rows[0]?.isMine !== true) return 0;
      return (await client.query(sql, [olderThanDays])).rowCount ?? 0;
    });
    count += deleted;
    if (deleted < BATCH) return count;
  }
}

function days(env: NodeJS.ProcessEnv, name: string, otherwise: number): number {
  const text = env[name] ?? "";
  if (text === "") return otherwise;
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new SluiceError("config", `${name} is "${text}"; it must be a number of days, 1 or more.`);
}
