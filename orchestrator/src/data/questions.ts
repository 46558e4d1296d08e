import { Places } from "../places.ts";
import { audit, type Actor } from "../store/audit-log.ts";
import type { Store } from "../store/store.ts";
import { DestinationDatabase } from "./destination-database.ts";
import { readRows, type ReadOptions, type ReadResult } from "./read-rows.ts";

const MAX_AT_ONCE = 8;

export type Question = Omit<ReadOptions, "cancel"> & {
  pipelineId: string;
  /** What it can be cancelled by, from any process of the installation. */
  queryId: string;
};

/** Questions to the databases of destinations, by statements that read. */
export class Questions {
  readonly #store: Store;
  readonly #places = new Places({ of: "questions", count: MAX_AT_ONCE });

  constructor(store: Store) {
    this.#store = store;
  }

  /** Resolves to the answer; who asked what is in the audit log before it is asked. Throws `rate_limit` when too many are under way. */
  async ask({ pipelineId, queryId, ...options }: Question, actor: Actor): Promise<ReadResult> {
    using _ = await this.#places.take();
    await using database = await DestinationDatabase.open(this.#store, pipelineId, sessionName(queryId));
    const detail = { sql: options.sql, query_id: queryId };
    await audit(this.#store.database.pool, actor, { action: "data.query", target: pipelineId, detail });
    const cancel = async () => void (await this.cancel(pipelineId, queryId));
    return await readRows(database, { ...options, cancel });
  }

  /** Ends a question that goes on, whoever of the installation carries it out; resolves to whether there was one. */
  async cancel(pipelineId: string, queryId: string): Promise<boolean> {
    await using database = await DestinationDatabase.open(this.#store, pipelineId, "sluice");
    const { rows } = await database.client.query<{ isCancelled: boolean }>(
      `SELECT pg_cancel_backend(pid) AS "isCancelled" FROM pg_catalog.pg_stat_activity
        WHERE application_name = $1 AND datname = current_database() AND usename = current_user`,
      [sessionName(queryId)],
    );
    return rows.some(({ isCancelled }) => isCancelled);
  }
}

function sessionName(queryId: string): string {
  return `sluice query ${queryId}`;
}
