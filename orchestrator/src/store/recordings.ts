import { promisify } from "node:util";
import { gzip as gzipWithCallback } from "node:zlib";
import type { Database } from "./database.ts";
import { takenOver, type HeldRun } from "./held-run.ts";
import { StoreConflict } from "./store-conflict.ts";

const gzip = promisify(gzipWithCallback);

/** So much is kept of all recordings of one run together, compressed. */
const MAX_BYTES = 16 * 1024 * 1024;

/** One of the recordings of a run, which are numbered from 1. */
export type RecordingPlace = { runId: string; number: number };

/** What sources said in runs, redacted. */
export class Recordings {
  readonly #database: Database;
  readonly #maxBytes: number;

  constructor(database: Database, { maxBytes = MAX_BYTES } = {}) {
    this.#database = database;
    this.#maxBytes = maxBytes;
  }

  /** Resolves to the number of a run's next recording. */
  async next(runId: string): Promise<number> {
    const { rows } = await this.#database.pool.query<{ number: number }>(
      "SELECT coalesce(max(number), 0) + 1 AS number FROM run_recordings WHERE run_id = $1",
      [runId],
    );
    return rows[0]?.number ?? 1;
  }

  /**
   * Adds whole lines to a recording of a worker's run. Resolves to false when there is no room for them; its last line then
   * says so. Throws `protocol` when the run is another's by now.
   */
  async append(held: HeldRun, number: number, lines: Buffer): Promise<boolean> {
    const compressed = await gzip(lines);
    const { rows } = await this.#database.pool.query<{ isCut: boolean }>(
      `INSERT INTO run_recordings (run_id, number, part, lines, is_cut)
       SELECT $1, $2, parts, CASE WHEN bytes > $5 THEN $4 ELSE $3 END, bytes > $5
         FROM (SELECT count(*) FILTER (WHERE number = $2)::int AS parts,
                      coalesce(sum(octet_length(lines)), 0) + octet_length($3::bytea) AS bytes
                 FROM run_recordings WHERE run_id = $1) AS so_far,
              (SELECT 1 FROM runs WHERE id = $1 AND worker = $6 AND status = 'running' FOR SHARE) AS held
       RETURNING is_cut AS "isCut"`,
      [held.runId, number, compressed, await gzip(cutLine(this.#maxBytes)), this.#maxBytes, held.worker],
    );
    if (rows[0] === undefined) throw takenOver(held);
    return !rows[0].isCut;
  }

  /** Resolves to what is known of a recording, the last one of the run unless its number is given. */
  async find(runId: string, wanted?: number): Promise<{ number: number; count: number; isCut: boolean }> {
    const { rows } = await this.#database.pool.query<{ number: number; isCut: boolean }>(
      `SELECT number, bool_or(is_cut) AS "isCut" FROM run_recordings WHERE run_id = $1 GROUP BY number ORDER BY number`,
      [runId],
    );
    const found = wanted === undefined ? rows.at(-1) : rows.find(({ number }) => number === wanted);
    if (found !== undefined) return { ...found, count: rows.length };
    throw new StoreConflict(
      "not_found",
      rows.length === 0
        ? `Nothing is recorded of the run "${runId}"; ask for that with "record": true when it is begun.`
        : `The run "${runId}" has ${rows.length} recordings, and no number ${wanted ?? ""}.`,
    );
  }

  /** Yields a recording part by part, compressed; put together they are one file. */
  async *parts({ runId, number }: RecordingPlace): AsyncGenerator<Buffer> {
    for (let part = 0; ; part += 1) {
      const { rows } = await this.#database.pool.query<{ lines: Buffer }>(
        "SELECT lines FROM run_recordings WHERE run_id = $1 AND number = $2 AND part = $3",
        [runId, number, part],
      );
      if (rows[0] === undefined) return;
      yield rows[0].lines;
    }
  }
}

function cutLine(maxBytes: number): string {
  const message = `The recording ends here, since ${maxBytes} bytes are kept of a run, compressed.`;
  return `${JSON.stringify({ type: "log", log: { level: "warn", message } })}\n`;
}
