import { SluiceError } from "@sluice/protocol";
import { dataText, type PastState, type StateLine, type StoredState } from "@sluice/protocol/stdio";
import { DatabaseError, type ClientBase } from "pg";
import { quoteIdentifier } from "../identifiers.ts";
import { migrate } from "../migrations.ts";
import { LEASE_MS, assertFree, type Lease } from "./lease.ts";
import { checkpointMigrations } from "./migrations.ts";
import { endOlderWriters } from "./older-writers.ts";
import { inOwnTransaction } from "./own-transaction.ts";

const LOCK_TIMEOUT_MS = 1000;
const LOCK_NOT_AVAILABLE = "55P03";
/** States of the past that are kept of each scope. */
const HISTORY_LENGTH = 50;

/** Who takes a pipeline over; without a run no lease is taken. */
export type TakeoverOptions = {
  pipelineId: string;
  runId?: string | undefined;
  force?: boolean;
  leaseMs?: number;
};

/** The epoch of a new write process, and the newest state of each scope. */
export type Takeover = { epoch: number; states: StoredState[] };

type Epoch = { pipelineId: string; epoch: number };

/** Where a state stands: in the order of epochs, and in an epoch by `seq`. */
export type Position = Pick<StoredState, "epoch" | "seq">;

/**
 * The checkpoints of pipelines in a database. A destination keeps them where its rows are, so that both share
 * transactions; a runner keeps what it has verified itself. Each write process has an epoch, and an older one fails.
 */
export class CheckpointStore {
  readonly #schemaName: string;
  readonly #schema: string;

  constructor(schema: string) {
    this.#schemaName = schema;
    this.#schema = quoteIdentifier(schema);
  }

  /** Makes the schema, or brings it up to date. */
  async migrate(client: ClientBase): Promise<void> {
    await migrate(client, { schema: this.#schemaName, migrations: checkpointMigrations });
  }

  /**
   * Resolves to the epoch of a new write process; every older one is fenced from here on and its sessions are ended.
   * Throws with exit code 16 while another run holds the pipeline, unless `force` is given. `client` must not be in a
   * transaction.
   */
  async takeOver(client: ClientBase, options: TakeoverOptions): Promise<Takeover> {
    const { pipelineId } = options;
    try {
      return await this.#takeEpochAndLease(client, options);
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code !== LOCK_NOT_AVAILABLE) throw error;
    }
    // Whoever holds the lock is an older writer that has stopped in the middle of a commit.
    const place = { schema: this.#schema, pipelineId, runId: options.runId };
    if (options.force !== true) await inOwnTransaction(client, () => assertFree(client, place));
    await endOlderWriters(client, { pipelineId, epoch: Number.MAX_SAFE_INTEGER });
    return this.#takeEpochAndLease(client, options);
  }

  /** Resolves to an epoch above every older one, inside the caller's transaction; for changes by hand. */
  async takeEpoch(client: ClientBase, pipelineId: string): Promise<number> {
    const { rows } = await client.query<{ epoch: string }>(
      `INSERT INTO ${this.#schema}.pipelines AS p (pipeline_id, epoch) VALUES ($1, 1)
       ON CONFLICT (pipeline_id) DO UPDATE SET epoch = p.epoch + 1 RETURNING epoch`,
      [pipelineId],
    );
    return Number(rows[0]?.epoch);
  }

  /** Resolves to the newest state of each scope. */
  async states(client: ClientBase, pipelineId: string): Promise<StoredState[]> {
    const { rows } = await client.query<Record<keyof StoredState, string>>(
      `SELECT scope, stream, epoch, seq, generation_id, data::text AS data
         FROM ${this.#schema}.checkpoints WHERE pipeline_id = $1 ORDER BY scope, stream`,
      [pipelineId],
    );
    return rows.map(storedState);
  }

  /** Resolves to the last 50 states of each scope, oldest first. */
  async history(client: ClientBase, pipelineId: string): Promise<PastState[]> {
    const { rows } = await client.query<Record<keyof PastState, string>>(
      `SELECT scope, stream, epoch, seq, generation_id, data::text AS data,
              to_char(committed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS committed_at
         FROM ${this.#schema}.checkpoint_history WHERE pipeline_id = $1 ORDER BY scope, stream, number`,
      [pipelineId],
    );
    return rows.map((row) => ({ ...storedState(row), committed_at: row.committed_at }));
  }

  /**
   * Stores a state, last before COMMIT; throws `protocol` when a newer write process has taken the pipeline over, and
   * `transient` when the stored state of that scope is not the one that it `follows` (null: there is none).
   * Resolves to the id of the transaction, by which pg_xact_status tells how a COMMIT without an answer ended.
   */
  async put(client: ClientBase, options: Epoch & { state: StateLine; follows?: Position | null }): Promise<string> {
    const { pipelineId, epoch, state, follows } = options;
    const schema = this.#schema;
    const { rows } = await client.query<{ xid: string }>(
      `WITH writer AS (SELECT 1 FROM ${schema}.pipelines WHERE pipeline_id = $1 AND epoch = $4 FOR SHARE),
       held AS (
         SELECT max(epoch) AS epoch, max(seq) AS seq FROM ${schema}.checkpoints
          WHERE pipeline_id = $1 AND scope = $2 AND stream = $3
       ),
       newest AS (
         INSERT INTO ${schema}.checkpoints (pipeline_id, scope, stream, epoch, seq, generation_id, data)
         SELECT $1, $2, $3, $4, $5, $6, $7 FROM writer, held
          WHERE NOT $8 OR (held.epoch, held.seq) IS NOT DISTINCT FROM ($9::bigint, $10::bigint)
         ON CONFLICT (pipeline_id, scope, stream) DO UPDATE
           SET epoch = excluded.epoch, seq = excluded.seq, generation_id = excluded.generation_id,
               data = excluded.data, committed_at = now()
         RETURNING *
       ), last AS (
         SELECT coalesce(max(number), 0) AS number FROM ${schema}.checkpoint_history
          WHERE pipeline_id = $1 AND scope = $2 AND stream = $3
       ), forgotten AS (
         DELETE FROM ${schema}.checkpoint_history h USING last
          WHERE pipeline_id = $1 AND scope = $2 AND stream = $3 AND h.number <= last.number + 1 - ${HISTORY_LENGTH}
       )
       INSERT INTO ${schema}.checkpoint_history (pipeline_id, scope, stream, number, epoch, seq, generation_id, data)
       SELECT pipeline_id, scope, stream, last.number + 1, epoch, seq, generation_id, data FROM newest, last
       RETURNING pg_current_xact_id()::text AS xid`,
      [
        pipelineId,
        state.state.scope,
        state.state.stream ?? "",
        epoch,
        state.state.seq,
        state.state.generation_id ?? null,
        dataText(state.line),
        follows !== undefined,
        follows?.epoch ?? null,
        follows?.seq ?? null,
      ],
    );
    if (rows[0] !== undefined) return rows[0].xid;
    await this.assertEpoch(client, { pipelineId, epoch });
    throw wentBack(pipelineId);
  }

  /** Throws `transient` where a state that was stored, or a newer one of its scope, is not there. */
  async assertHeld(client: ClientBase, { pipelineId, epoch, state }: Epoch & { state: StateLine }): Promise<void> {
    const { rowCount } = await client.query(
      `SELECT 1 FROM ${this.#schema}.checkpoints
        WHERE pipeline_id = $1 AND scope = $2 AND stream = $3 AND (epoch, seq) >= ($4::bigint, $5::bigint)`,
      [pipelineId, state.state.scope, state.state.stream ?? "", epoch, state.state.seq],
    );
    if (rowCount === 0) throw wentBack(pipelineId);
  }

  /** Fails as `put` does for a write process that is fenced; for transactions that store no state. */
  async assertEpoch(client: ClientBase, { pipelineId, epoch }: Epoch): Promise<void> {
    const { rowCount } = await client.query(
      `SELECT 1 FROM ${this.#schema}.pipelines WHERE pipeline_id = $1 AND epoch = $2 FOR SHARE`,
      [pipelineId, epoch],
    );
    if (rowCount === 0) throw fenced({ pipelineId, epoch });
  }

  /** Forgets the states, not their history. */
  async clear(client: ClientBase, pipelineId: string): Promise<void> {
    await client.query(`DELETE FROM ${this.#schema}.checkpoints WHERE pipeline_id = $1`, [pipelineId]);
  }

  /** Forgets a pipeline altogether, in the transaction of the caller. */
  async forget(client: Pick<ClientBase, "query">, pipelineId: string): Promise<void> {
    for (const table of ["leases", "checkpoint_history", "checkpoints", "pipelines"])
      await client.query(`DELETE FROM ${this.#schema}.${table} WHERE pipeline_id = $1`, [pipelineId]);
  }

  /** Resolves to whether the run still holds the pipeline; if so, for another minute, or `leaseMs`. */
  async renewLease(client: ClientBase, { pipelineId, runId, epoch }: Lease, leaseMs = LEASE_MS): Promise<boolean> {
    const { rowCount } = await client.query(
      `UPDATE ${this.#schema}.leases SET expires_at = clock_timestamp() + $4 * interval '1 ms'
        WHERE pipeline_id = $1 AND run_id = $2 AND epoch = $3`,
      [pipelineId, runId, epoch, leaseMs],
    );
    return rowCount === 1;
  }

  /** Lets other runs in; for a run that ended in order. */
  async releaseLease(client: ClientBase, { pipelineId, runId, epoch }: Lease): Promise<void> {
    await client.query(`DELETE FROM ${this.#schema}.leases WHERE pipeline_id = $1 AND run_id = $2 AND epoch = $3`, [
      pipelineId,
      runId,
      epoch,
    ]);
  }

  async #takeEpochAndLease(client: ClientBase, options: TakeoverOptions): Promise<Takeover> {
    const { pipelineId, runId, force = false, leaseMs = LEASE_MS } = options;
    const takeover = async () => {
      // its row lock makes those that take over at the same time wait for each other
      const epoch = await this.takeEpoch(client, pipelineId);
      if (!force) await assertFree(client, { schema: this.#schema, pipelineId, runId });
      await client.query(`DELETE FROM ${this.#schema}.leases WHERE pipeline_id = $1`, [pipelineId]);
      if (runId !== undefined) {
        await client.query(
          `INSERT INTO ${this.#schema}.leases (pipeline_id, run_id, epoch, expires_at)
           VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 ms')`,
          [pipelineId, runId, epoch, leaseMs],
        );
      }
      return { epoch, states: await this.states(client, pipelineId) };
    };
    const taken = await inOwnTransaction(client, takeover, { lockTimeoutMs: LOCK_TIMEOUT_MS });
    await endOlderWriters(client, { pipelineId, epoch: taken.epoch });
    return taken;
  }
}

function storedState(row: Record<keyof StoredState, string>): StoredState {
  return {
    scope: row.scope === "global" ? "global" : "stream",
    stream: row.stream,
    epoch: Number(row.epoch),
    seq: Number(row.seq),
    generation_id: row.generation_id,
    data: row.data,
  };
}

function wentBack(pipelineId: string): SluiceError {
  return new SluiceError(
    "transient",
    `The database does not have the last state of the pipeline "${pipelineId}" that was committed: it is another one now, as after a failover or a restore; run it again, and it continues from what is there.`,
  );
}

function fenced({ pipelineId, epoch }: Epoch): SluiceError {
  return new SluiceError(
    "protocol",
    `Another write process has taken over the pipeline "${pipelineId}"; this one (epoch ${epoch}) is fenced and committed nothing more.`,
  );
}
