import type { Database } from "./database.ts";

/** A worker that was seen lately, and what it carries out. */
export type ListedWorker = {
  name: string;
  /** Runs that it takes at the same time. */
  concurrency: number;
  started_at: Date;
  seen_at: Date;
  run_ids: string[];
};

const GONE_AFTER_S = 60;

/** Who works. */
export class WorkerList {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Notes that a worker lives; those that have gone are forgotten. */
  async see(name: string, concurrency: number): Promise<void> {
    await this.#database.pool.query(
      `WITH gone AS (DELETE FROM workers WHERE seen_at < now() - interval '${GONE_AFTER_S} s' AND name <> $1)
       INSERT INTO workers (name, concurrency) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET seen_at = now(), concurrency = excluded.concurrency`,
      [name, concurrency],
    );
  }

  /** Forgets a worker that ends. */
  async leave(name: string): Promise<void> {
    await this.#database.pool.query("DELETE FROM workers WHERE name = $1", [name]);
  }

  /** Resolves to those that live, by name. */
  async list(): Promise<ListedWorker[]> {
    const { rows } = await this.#database.pool.query<ListedWorker>(
      `SELECT name, concurrency, started_at, seen_at,
              ARRAY (SELECT id FROM runs WHERE starts_with(worker, name || '/') AND status = 'running' ORDER BY number) AS run_ids
         FROM workers WHERE seen_at > now() - interval '${GONE_AFTER_S} s' ORDER BY name`,
    );
    return rows;
  }
}
