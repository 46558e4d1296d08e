import { SluiceError, type Payload } from "@sluice/protocol";
import { scanMembers, type StateLine } from "@sluice/protocol/stdio";
import { migrate, quoteIdentifier } from "@sluice/postgres-kit";
import type { ClientBase } from "pg";
import { checkpointMigrations } from "./checkpoint-migrations.ts";

/** A state that is stored, with its data as the text that came. */
export type StoredState = {
  scope: "stream" | "global";
  stream: string;
  epoch: number;
  seq: number;
  generation_id: string | null;
  data: string;
};

/** The checkpoints of pipelines in the database that the rows are in, so that both share transactions. */
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

  /** Resolves to the epoch of a new write process; every older one is fenced from here on. */
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
    return rows.map((row) => ({
      ...row,
      scope: row.scope === "global" ? "global" : "stream",
      epoch: Number(row.epoch),
      seq: Number(row.seq),
    }));
  }

  /** Stores a state, last before COMMIT; throws `protocol` when a newer write process has taken the pipeline over. */
  async put(client: ClientBase, options: { pipelineId: string; epoch: number; state: StateLine }): Promise<void> {
    const { pipelineId, epoch, state } = options;
    const { rowCount } = await client.query(
      `WITH writer AS (SELECT 1 FROM ${this.#schema}.pipelines WHERE pipeline_id = $1 AND epoch = $4 FOR SHARE)
       INSERT INTO ${this.#schema}.checkpoints (pipeline_id, scope, stream, epoch, seq, generation_id, data)
       SELECT $1, $2, $3, $4, $5, $6, $7 FROM writer
       ON CONFLICT (pipeline_id, scope, stream) DO UPDATE
         SET epoch = excluded.epoch, seq = excluded.seq, generation_id = excluded.generation_id,
             data = excluded.data, committed_at = now()
       RETURNING 1`,
      [
        pipelineId,
        state.state.scope,
        state.state.stream ?? "",
        epoch,
        state.state.seq,
        state.state.generation_id ?? null,
        dataText(state.line),
      ],
    );
    if (rowCount === 0) throw fenced(pipelineId, epoch);
  }

  /** Fails as `put` does for a write process that is fenced; for transactions that store no state. */
  async assertEpoch(client: ClientBase, { pipelineId, epoch }: { pipelineId: string; epoch: number }): Promise<void> {
    const { rowCount } = await client.query(
      `SELECT 1 FROM ${this.#schema}.pipelines WHERE pipeline_id = $1 AND epoch = $2 FOR SHARE`,
      [pipelineId, epoch],
    );
    if (rowCount === 0) throw fenced(pipelineId, epoch);
  }

  async clear(client: ClientBase, pipelineId: string): Promise<void> {
    await client.query(`DELETE FROM ${this.#schema}.checkpoints WHERE pipeline_id = $1`, [pipelineId]);
  }

  /** Resolves to the last of `count` numbers that grow over all runs, whatever the server's clock does. */
  async takeArrivals(client: ClientBase, count: number): Promise<number> {
    const sequence = `${this.#schema}.arrivals`;
    const { rows } = await client.query<{ last: string }>(
      `SELECT setval($1, greatest(nextval($1), floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint) + $2) AS last`,
      [sequence, count],
    );
    return Number(rows[0]?.last);
  }
}

/** Yields the state line, without LF, of a stored state. */
export function stateLine(state: StoredState): string {
  return `{"type":"state","state":${statePayload(state)}}`;
}

/** Yields the ready line, without LF, of a writer that took an epoch. */
export function readyLine(epoch: number, states: readonly StoredState[]): string {
  return `{"type":"ready","ready":{"epoch":${epoch},"states":[${states.map(statePayload).join(",")}]}}`;
}

/** The text of the state's data as it came: a parse would change numbers that JavaScript cannot hold. */
function dataText(line: Buffer): string {
  const state = scanMembers(line, ["state"])?.[0];
  return (state === undefined ? undefined : scanMembers(state, ["data"])?.[0])?.toString() ?? "null";
}

function statePayload({ scope, stream, epoch, seq, generation_id, data }: StoredState): string {
  const head = {
    seq,
    scope,
    ...(scope === "stream" ? { stream } : {}),
    ...(generation_id === null ? {} : { generation_id }),
    epoch,
  };
  return `${JSON.stringify(head).slice(0, -1)},"data":${data}}`;
}

function fenced(pipelineId: string, epoch: number): SluiceError {
  return new SluiceError(
    "protocol",
    `Another write process has taken over the pipeline "${pipelineId}"; this one (epoch ${epoch}) is fenced and committed nothing more.`,
  );
}

/** What the source says it continued from. */
type ResumedFrom = NonNullable<Payload<"catalog">["resumed_from"]>;

/**
 * Throws `config` when the source continued from a state that this database never committed: the rows between would
 * be missing. An older state, or none, only repeats rows that merge into themselves.
 */
export function assertResumable(resumedFrom: ResumedFrom, stored: readonly StoredState[]): void {
  for (const { scope, stream, epoch = 0, seq } of resumedFrom) {
    const known = stored.find((state) => state.scope === scope && state.stream === (stream ?? ""));
    const isCovered = known !== undefined && (epoch < known.epoch || (epoch === known.epoch && seq <= known.seq));
    if (isCovered) continue;
    const what = scope === "global" ? "global state" : `state of the stream "${stream}"`;
    throw new SluiceError(
      "config",
      `The source continued from a ${what} (epoch ${epoch}, seq ${seq}) that is newer than what is committed here; give it the output of "destination-postgres checkpoint get", or no state.`,
    );
  }
}
