import { SluiceError, type ConfiguredStream } from "@sluice/protocol";
import {
  assertResumable,
  log,
  readyLine,
  type CommitPoint,
  type Receiver,
  type RecordLine,
  type Replies,
  type ResumedFrom,
  type WriteContext,
} from "@sluice/protocol/stdio";
import { LeaseKeeper, writerName, type CheckpointStore, type Lease } from "@sluice/postgres-kit/checkpoints";
import type { Pool, PoolClient } from "pg";
import { BytePool } from "./byte-pool.ts";
import type { Config } from "./config.ts";
import { closePool, cutPool, inTransaction, openPool, withDatabase } from "./connection.ts";
import { databaseError } from "./database-error.ts";
import { Lane, type LaneStream } from "./lane.ts";
import { LaneWriter, type Shared } from "./lane-writer.ts";
import { assertTablesOfStates, openStreams, type Opened } from "./opened-stream.ts";
import { makeCheckpointSchema } from "./setup.ts";
import { appendedStreams, takeOver, type Owner } from "./take-over.ts";
import { Tally } from "./tally.ts";
import { Transactions } from "./transaction.ts";

/** All lanes together hold no more than this before the input has to wait. */
const MAX_BUFFERED_BYTES = 32 * 1024 * 1024;
const WEIGHING_BYTES = 1024 * 1024;
/** What is under way when a write is given up may take so long to end. */
const ABORT_PATIENCE_MS = 3000;

/** Resolves to the receiver of one write process: epoch taken, tables made, what the source resumed from checked. */
export async function openReceiver(config: Config, context: WriteContext & { replies: Replies }): Promise<Receiver> {
  const startedAt = new Date().toISOString();
  const opening = await withDatabase(config, "opening the destination", async (client) => {
    const store = await makeCheckpointSchema(client, config);
    const owner = await takeOver(client, { config, store, context });
    const opened = await openStreams(client, {
      config,
      streams: context.streams,
      context,
      states: owner?.states ?? [],
      startedAt,
    });
    return { store, owner, opened, startedAt };
  });
  const { owner } = opening;
  const pool = openPool(config, {
    ...(owner === undefined ? {} : { name: writerName(owner) }),
    // the pool opens another one when it is needed; if that fails too, somebody waits for it
    onIdleError: (error) => log("debug", databaseError(error, "waiting for records").message),
  });
  return new PostgresReceiver({ ...opening, config, context, pool });
}

type PostgresReceiverOptions = {
  config: Config;
  context: WriteContext & { replies: Replies };
  pool: Pool;
  store: CheckpointStore;
  owner: Owner | undefined;
  opened: Opened[];
  startedAt: string;
};

class PostgresReceiver implements Receiver {
  readonly ready?: string;
  readonly #options: PostgresReceiverOptions;
  readonly #shared: Shared;
  readonly #lanes = new Map<string, Lane>();
  readonly #writers: LaneWriter[] = [];
  readonly #pool = new BytePool();
  readonly #leaseKeeper: Disposable | undefined;
  /** The one lane of all streams, where a global state must share the transaction of what it covers. */
  readonly #joint: Lane | undefined;
  #unweighedBytes = 0;

  constructor(options: PostgresReceiverOptions) {
    const { config, context, pool, store, owner, opened } = options;
    this.#options = options;
    if (owner !== undefined) this.ready = readyLine(owner.epoch, owner.states);
    const { replies } = context;
    const transactions = new Transactions(pool, config);
    const newest = new Map(owner?.states.map((state) => [state.scope === "global" ? undefined : state.stream, state]));
    this.#shared = { transactions, store, owner, newest, replies, tally: new Tally(config), streams: new Map() };
    for (const { name, writer } of opened) this.#shared.streams.set(name, writer);
    if (owner !== undefined && opened.some(({ isAppended }) => isAppended)) {
      this.#joint = this.#openLane(opened.map((one) => this.#laneStream(one)));
      for (const { name } of opened) this.#lanes.set(name, this.#joint);
    } else {
      for (const one of opened) this.#lanes.set(one.name, this.#openLane([this.#laneStream(one)]));
    }
    this.#leaseKeeper = this.#keepLease();
  }

  /** The checks that the opening makes when it knows already what the source continued from. */
  resumed(resumedFrom: ResumedFrom): void {
    const { owner, opened, context } = this.#options;
    if (owner === undefined) return;
    assertResumable(resumedFrom, { stored: owner.states, appended: appendedStreams(context.streams) });
    const created = new Set(opened.filter(({ isNew }) => isNew).map(({ name }) => name));
    assertTablesOfStates(created, { states: owner.states, resumedFrom });
  }

  record(record: RecordLine): Promise<void> | undefined {
    this.#unweighedBytes += record.data.length;
    return this.#lane(record.stream).record(record) ?? this.#relieve();
  }

  point(point: CommitPoint): Promise<void> | undefined {
    if (point.type === "state" && point.state.scope === "global") return this.#globalState(point);
    const stream = (point.type === "state" ? point.state.stream : point.status.stream) ?? "";
    this.#shared.streams.get(stream)?.assertGeneration(point);
    return this.#lane(stream).point(stream, point);
  }

  async schema(streams: ConfiguredStream[]): Promise<void> {
    await this.#drain();
    // to change a table would wait for the very transaction that holds it
    if (this.#joint?.isAhead === true)
      throw new SluiceError(
        "protocol",
        "The catalog changes while rows are written that are appended and have no state yet; the source must send their state first. Until it does, raise max_batch_rows and max_batch_bytes, so that they wait in memory.",
      );
    const { config, context, owner, startedAt } = this.#options;
    const opened = await withDatabase(config, "changing tables", (client) =>
      openStreams(client, { config, streams, context, states: owner?.states ?? [], startedAt }),
    );
    for (const one of opened) {
      const isLate = !this.#shared.streams.has(one.name);
      if (isLate && owner !== undefined && one.isAppended && this.#joint === undefined)
        throw new SluiceError(
          "protocol",
          `The stream "${one.name}" is appended and came only in the middle of the input; it must be in the first catalog.`,
        );
      this.#shared.streams.set(one.name, one.writer);
      const lane = this.#joint ?? this.#lanes.get(one.name);
      if (lane === undefined) this.#lanes.set(one.name, this.#openLane([this.#laneStream(one)]));
      else {
        lane.add(this.#laneStream(one));
        this.#lanes.set(one.name, lane);
      }
    }
  }

  async end(): Promise<void> {
    await Promise.all([...new Set(this.#lanes.values())].map((lane) => lane.end()));
    this.#leaseKeeper?.[Symbol.dispose]();
    await Promise.all(this.#writers.map((writer) => writer.abandon()));
    const { pool, config, store } = this.#options;
    const lease = this.#lease;
    if (lease !== undefined)
      // all is committed; the lease ends by itself
      await withDatabase(config, "ending", (client) =>
        inTransaction(client, config, () => store.releaseLease(client, lease)),
      ).catch((error: unknown) =>
        log("warn", `The lease is not given back: ${databaseError(error, "ending").message}`),
      );
    await closePool(pool);
  }

  async abort(): Promise<void> {
    this.#leaseKeeper?.[Symbol.dispose]();
    const { pool } = this.#options;
    // a server that has vanished without a word never answers
    const patience = setTimeout(() => cutPool(pool), ABORT_PATIENCE_MS);
    await Promise.all([...new Set(this.#lanes.values())].map((lane) => lane.abort()));
    await Promise.all(this.#writers.map((writer) => writer.abandon()));
    await closePool(pool);
    clearTimeout(patience);
  }

  get #lease(): Lease | undefined {
    const { pipelineId, epoch, runId } = this.#options.owner ?? {};
    if (pipelineId === undefined || epoch === undefined || runId === undefined) return undefined;
    return { pipelineId, epoch, runId };
  }

  #keepLease(): Disposable | undefined {
    const lease = this.#lease;
    if (lease === undefined) return undefined;
    const { config, store, context } = this.#options;
    const renew = () =>
      withDatabase(config, "renewing the lease", (client: PoolClient) =>
        inTransaction(client, config, () => store.renewLease(client, lease)),
      );
    const lost = () =>
      context.replies.failed(
        new SluiceError(
          "protocol",
          `Another run has taken over the pipeline "${lease.pipelineId}"; this one ("${lease.runId}") ends, and what it has committed stays.`,
        ),
      );
    return new LeaseKeeper({ renew, lost });
  }

  #laneStream({ name, isAppended, isIncremental, keyProperties }: Opened): LaneStream {
    const { owner } = this.#options;
    const hasState = owner?.states.some(({ stream }) => stream === "" || stream === name) ?? false;
    return { name, keyProperties, needsState: isAppended && owner !== undefined, isIncremental, hasState };
  }

  #openLane(streams: LaneStream[]): Lane {
    const { config, context } = this.#options;
    const writer = new LaneWriter(this.#shared);
    this.#writers.push(writer);
    return new Lane({
      streams,
      maxRows: config.max_batch_rows,
      maxBytes: config.max_batch_bytes,
      maxWaitMs: config.max_batch_ms,
      pool: this.#pool,
      write: (work) => writer.write(work),
      failed: context.replies.failed,
    });
  }

  #lane(stream: string): Lane {
    const found = this.#lanes.get(stream);
    if (found === undefined) throw new SluiceError("protocol", `The stream "${stream}" is not in the catalog.`);
    return found;
  }

  /** Many streams with a little each must not add up to more than the machine has. */
  #relieve(): Promise<void> | undefined {
    if (this.#unweighedBytes < WEIGHING_BYTES) return undefined;
    this.#unweighedBytes = 0;
    const lanes = [...new Set(this.#lanes.values())];
    const total = lanes.reduce((sum, lane) => sum + lane.byteLength, 0);
    if (total <= MAX_BUFFERED_BYTES) return undefined;
    return lanes.reduce((one, other) => (other.byteLength > one.byteLength ? other : one)).submit();
  }

  /** A global state speaks for all streams, so everything before it is committed first, or with it. */
  async #globalState(point: CommitPoint): Promise<void> {
    if (this.#joint !== undefined) return this.#joint.globalState(point);
    await this.#drain();
    await new LaneWriter(this.#shared).write({
      parts: [{ stream: undefined, batch: undefined, points: [point] }],
      commits: true,
    });
  }

  async #drain(): Promise<void> {
    await Promise.all([...new Set(this.#lanes.values())].map((lane) => lane.drain()));
  }
}
