import { ExitCode, SluiceError, type CommittedCounts, type ConfiguredStream } from "@sluice/protocol";
import {
  log,
  type CommitPoint,
  type Receiver,
  type RecordLine,
  type Replies,
  type WriteContext,
} from "@sluice/protocol/stdio";
import {
  CheckpointStore,
  LeaseKeeper,
  type Lease,
  assertResumable,
  readyLine,
  writerName,
} from "@sluice/postgres-kit/checkpoints";
import type { Pool, PoolClient } from "pg";
import { takeArrivals } from "./arrivals.ts";
import type { Config } from "./config.ts";
import { inTransaction, openPool, withClient, withDatabase } from "./connection.ts";
import { databaseError, isDataError } from "./database-error.ts";
import { Lane, type Commit } from "./lane.ts";
import { mergeSql, type MergeSql } from "./merge-sql.ts";
import { addCounts, merge, mergeCarefully, type MergeResult } from "./merge.ts";
import { makeTables } from "./setup.ts";
import { tableOf } from "./table.ts";

/** All lanes together hold no more than this before the input has to wait. */
const MAX_BUFFERED_BYTES = 32 * 1024 * 1024;
const WEIGHING_BYTES = 1024 * 1024;
const NOTHING: CommittedCounts = { received: 0, written: 0, skipped: 0, deleted: 0, rejected: 0 };

/** What this write process is known by, and how it says so. */
type Writer = { pipelineId: string; epoch: number; runId: string | undefined; ready: string };
type StreamWriter = { lane: Lane; sql: MergeSql };

/** Resolves to the receiver of one write process: tables made, epoch taken, and what the source resumed from checked. */
export async function openReceiver(config: Config, context: WriteContext & { replies: Replies }): Promise<Receiver> {
  const store = new CheckpointStore(config.checkpoint_schema);
  const writer = await withDatabase(config, "opening the destination", async (client) => {
    await store.migrate(client);
    const taken = await takeOver(client, store, context);
    await makeTables(client, { config, streams: context.streams });
    return taken;
  });
  const pool = openPool(config, {
    ...(writer === undefined ? {} : { name: writerName(writer) }),
    // the pool opens another one when it is needed; if that fails too, somebody waits for it
    onIdleError: (error) => log("debug", databaseError(error, "waiting for records").message),
  });
  return new PostgresReceiver({ config, context, pool, store, writer });
}

/** Without a pipeline there is nothing to take over, and nothing that another process could fence. */
async function takeOver(
  client: PoolClient,
  store: CheckpointStore,
  { pipelineId, runId, force, resumedFrom = [] }: WriteContext,
): Promise<Writer | undefined> {
  if (pipelineId === undefined) return undefined;
  assertResumable(resumedFrom, { stored: await store.states(client, pipelineId) });
  const { epoch, states } = await store.takeOver(client, { pipelineId, runId, force });
  assertResumable(resumedFrom, { stored: states });
  return { pipelineId, epoch, runId, ready: readyLine(epoch, states) };
}

type PostgresReceiverOptions = {
  config: Config;
  context: WriteContext & { replies: Replies };
  pool: Pool;
  store: CheckpointStore;
  writer: Writer | undefined;
};

class PostgresReceiver implements Receiver {
  readonly ready?: string;
  readonly #config: Config;
  readonly #pool: Pool;
  readonly #store: CheckpointStore;
  readonly #replies: Replies;
  readonly #writer: Writer | undefined;
  readonly #streams = new Map<string, StreamWriter>();
  readonly #counts = new Map<string, CommittedCounts>();
  readonly #leaseKeeper: Disposable | undefined;
  #unweighedBytes = 0;

  constructor({ config, context, pool, store, writer }: PostgresReceiverOptions) {
    this.#config = config;
    this.#pool = pool;
    this.#store = store;
    this.#replies = context.replies;
    this.#writer = writer;
    if (writer !== undefined) this.ready = writer.ready;
    this.#leaseKeeper = this.#keepLease();
    for (const configured of context.streams) this.#add(configured);
  }

  record(record: RecordLine): Promise<void> | undefined {
    this.#unweighedBytes += record.data.length;
    return this.#lane(record.stream).record(record) ?? this.#relieve();
  }

  point(point: CommitPoint): Promise<void> | undefined {
    if (point.type === "state" && point.state.scope === "global") return this.#commitGlobal(point);
    const stream = point.type === "state" ? point.state.stream : point.status.stream;
    return this.#lane(stream ?? "").point(point);
  }

  async schema(streams: ConfiguredStream[]): Promise<void> {
    await this.#drain();
    await this.#withClient("changing tables", (client) => makeTables(client, { config: this.#config, streams }));
    for (const configured of streams) this.#add(configured);
  }

  async end(): Promise<void> {
    await this.#drain();
    this.#leaseKeeper?.[Symbol.dispose]();
    const lease = this.#lease;
    if (lease !== undefined) await this.#withClient("ending", (client) => this.#store.releaseLease(client, lease));
    await this.#pool.end();
  }

  async abort(): Promise<void> {
    this.#leaseKeeper?.[Symbol.dispose]();
    await Promise.all([...this.#streams.values()].map(({ lane }) => lane.abort()));
    await this.#pool.end();
  }

  get #lease(): Lease | undefined {
    const { pipelineId, epoch, runId } = this.#writer ?? {};
    if (pipelineId === undefined || epoch === undefined || runId === undefined) return undefined;
    return { pipelineId, epoch, runId };
  }

  #keepLease(): Disposable | undefined {
    const lease = this.#lease;
    if (lease === undefined) return undefined;
    return new LeaseKeeper({
      renew: () => withDatabase(this.#config, "renewing the lease", (client) => this.#store.renewLease(client, lease)),
      lost: () =>
        this.#replies.failed(
          new SluiceError(
            "protocol",
            `Another run has taken over the pipeline "${lease.pipelineId}"; this one ("${lease.runId}") ends, and what it has committed stays.`,
          ),
        ),
    });
  }

  #add(configured: ConfiguredStream): void {
    const table = tableOf(configured, this.#config.schema);
    const stream = configured.stream.name;
    const lane = new Lane({
      keyProperties: table.keys.map(({ property }) => property),
      maxRows: this.#config.max_batch_rows,
      maxBytes: this.#config.max_batch_bytes,
      maxWaitMs: this.#config.max_batch_ms,
      commit: (commit) => this.#commit(stream, commit),
      failed: this.#replies.failed,
    });
    this.#streams.set(stream, { lane, sql: mergeSql(table) });
  }

  #lane(stream: string): Lane {
    const found = this.#streams.get(stream);
    if (found === undefined) throw new SluiceError("protocol", `The stream "${stream}" is not in the catalog.`);
    return found.lane;
  }

  /** Many streams with a little each must not add up to more than the machine has. */
  #relieve(): Promise<void> | undefined {
    if (this.#unweighedBytes < WEIGHING_BYTES) return undefined;
    this.#unweighedBytes = 0;
    const lanes = [...this.#streams.values()].map(({ lane }) => lane);
    const total = lanes.reduce((sum, lane) => sum + lane.byteLength, 0);
    if (total <= MAX_BUFFERED_BYTES) return undefined;
    return lanes.reduce((one, other) => (other.byteLength > one.byteLength ? other : one)).submit();
  }

  async #commit(stream: string, { batch, points }: Commit): Promise<void> {
    const sql = this.#streams.get(stream)?.sql as MergeSql;
    const attempt = (mergeBatch: typeof merge) =>
      this.#withClient(`writing the stream "${stream}"`, (client) =>
        inTransaction(client, async () => {
          if (batch.hasUnversioned) {
            const checkpointSchema = this.#config.checkpoint_schema;
            batch.numberUnversioned(await takeArrivals(client, { checkpointSchema, count: batch.length }));
          }
          const result = await mergeBatch({ client, sql, stream }, batch);
          await this.#report(stream, result);
          await this.#checkpoint(client, points);
          return result;
        }),
      );
    const { counts } = await attempt(merge).catch((error: unknown) => {
      if (!(error instanceof SluiceError) || !isDataError(error.cause)) throw error;
      return attempt(mergeCarefully);
    });
    const total = addCounts(this.#counts.get(stream) ?? NOTHING, counts);
    this.#counts.set(stream, total);
    for (const point of points) await this.#replies.committed(point, { [stream]: total }, this.#writer?.epoch);
  }

  /** Tells of rejected records before the commit around them, and refuses to go on when they are too many. */
  async #report(stream: string, { rejected }: MergeResult): Promise<void> {
    for (const record of rejected) await this.#replies.rejected(record);
    const [first] = rejected;
    if (first === undefined) return;
    const { on_reject: onReject, max_rejects: maxRejects } = this.#config;
    const total = [...this.#counts.values()].reduce((sum, counts) => sum + counts.rejected, rejected.length);
    log(
      "warn",
      `${rejected.length} records of "${stream}" are rejected (${total} in all); the first because: ${first.reason}.`,
    );
    const limit = onReject === "fail" ? 0 : maxRejects;
    if (total <= limit) return;
    throw new SluiceError(
      "data",
      `${total} records were rejected, more than ${onReject === "fail" ? "on_reject: fail" : `max_rejects (${limit})`} allows; see the "rejected" lines for keys and reasons.`,
      {
        exitCode: ExitCode.rejects,
      },
    );
  }

  /** Last before COMMIT. */
  async #checkpoint(client: PoolClient, points: readonly CommitPoint[]): Promise<void> {
    if (this.#writer === undefined) return;
    const state = points.find((point) => point.type === "state");
    if (state === undefined) await this.#store.assertEpoch(client, this.#writer);
    else await this.#store.put(client, { ...this.#writer, state });
  }

  /** A global state speaks for all streams, so everything before it is committed first. */
  async #commitGlobal(point: CommitPoint): Promise<void> {
    await this.#drain();
    await this.#withClient("storing the global state", (client) =>
      inTransaction(client, () => this.#checkpoint(client, [point])),
    );
    await this.#replies.committed(point, Object.fromEntries(this.#counts), this.#writer?.epoch);
  }

  async #drain(): Promise<void> {
    await Promise.all([...this.#streams.values()].map(({ lane }) => lane.drain()));
  }

  async #withClient<T>(doing: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
    try {
      return await withClient(this.#pool, work);
    } catch (error) {
      throw databaseError(error, doing);
    }
  }
}
