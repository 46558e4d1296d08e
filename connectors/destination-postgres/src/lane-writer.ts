import type { CommittedCounts } from "@sluice/protocol";
import { log, type CommitPoint, type Replies, type StateLine } from "@sluice/protocol/stdio";
import type { CheckpointStore, Position } from "@sluice/postgres-kit/checkpoints";
import type { ClientBase, PoolClient } from "pg";
import { release } from "./connection.ts";
import { databaseError } from "./database-error.ts";
import type { Work } from "./lane.ts";
import { NOTHING, addCounts } from "./batch-statements.ts";
import type { StoreResult } from "./store-batch.ts";
import type { Part } from "./stream-buffer.ts";
import type { StreamWriter } from "./stream-writer.ts";
import type { Owner } from "./take-over.ts";
import type { Tally } from "./tally.ts";
import type { Transactions, Worked } from "./transaction.ts";

/** What all lanes of a write process share. */
export type Shared = {
  transactions: Transactions;
  store: CheckpointStore;
  owner: Owner | undefined;
  /** The newest state of each stream that is known to be committed; the global one has no stream. */
  newest: Map<string | undefined, Position>;
  replies: Replies;
  tally: Tally;
  streams: Map<string, StreamWriter>;
};

/**
 * What a transaction has done so far: counts by stream, what of them is ahead of its state, and the points to echo, each
 * with its stream.
 */
type Done = {
  counts: Map<string, CommittedCounts>;
  ahead: Map<string, Pick<StoreResult, "counts" | "places">[]>;
  points: { stream: string | undefined; point: CommitPoint }[];
};

/** Writes the work of one lane: a transaction a piece, or one over several pieces where rows wait for their state. */
export class LaneWriter {
  readonly #shared: Shared;
  #open: { client: PoolClient; done: Done } | undefined;

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  /** Resolves once the work is written, and committed and echoed where it says so. */
  async write({ parts, commits }: Work): Promise<void> {
    const { transactions, tally } = this.#shared;
    try {
      if (this.#open === undefined && commits) {
        let result = newDone();
        const done = await transactions.run(async (client) => {
          // a try before this one has come to nothing
          tally.forget(result);
          result = newDone();
          await this.#store(client, parts, result);
          return this.#finish(client, result);
        });
        return await this.#reply(done);
      }
      // it cannot be tried again: what an earlier piece held is no longer in memory
      this.#open ??= { client: await transactions.begin(), done: newDone() };
      const { client, done } = this.#open;
      await this.#store(client, parts, done);
      if (!commits) return;
      const worked = await this.#finish(client, done);
      this.#open = undefined;
      await this.#reply(await transactions.commit(client, worked));
    } catch (error) {
      throw databaseError(error, `writing ${namesOf(parts)}`);
    }
  }

  /** Gives up what was written and not committed. */
  async abandon(): Promise<void> {
    if (this.#open !== undefined) release(this.#open.client, true);
    this.#open = undefined;
  }

  async #store(client: ClientBase, parts: readonly Part[], done: Done): Promise<void> {
    const { streams, tally, replies } = this.#shared;
    // always in the same order, so that nobody waits for somebody who waits for him
    const ordered = [...parts].sort((one, other) => ((one.stream ?? "") < (other.stream ?? "") ? -1 : 1));
    for (const part of ordered) {
      const { stream, batch, points } = part;
      for (const point of points) done.points.push({ stream, point });
      if (stream === undefined) done.ahead.clear();
      const writer = stream === undefined ? undefined : streams.get(stream);
      if (stream === undefined || writer === undefined) continue;
      if (batch.length === 0) await writer.lock(client);
      else {
        const stored = await writer.store(client, batch);
        for (const { message } of stored.rejections) await replies.rejected(message);
        tally.assertBearable(stream, stored.rejections, done);
        add(done, stream, stored.counts);
        if (part.isAhead === true) note(done, stream, stored);
      }
      if (points.some(({ type }) => type === "state")) done.ahead.delete(stream);
      if (part.givenUp !== undefined) await giveUp(client, { writer, stream, count: part.givenUp, done });
      for (const point of points)
        if (point.type === "status" && point.status.status === "complete") await writer.complete(client, point.status);
    }
  }

  /** Stores the newest state of each scope, last before COMMIT. */
  async #finish(client: ClientBase, done: Done): Promise<Worked<Done>> {
    const { owner, store, newest } = this.#shared;
    const states = new Map<string | undefined, StateLine>();
    for (const { stream, point } of done.points) if (point.type === "state") states.set(stream, point);
    if (owner !== undefined && states.size > 0) {
      let xid: string | undefined;
      for (const [stream, state] of states)
        xid = await store.put(client, { ...owner, state, follows: newest.get(stream) ?? null });
      const assertThere = async (other: ClientBase) => {
        for (const state of states.values()) await store.assertHeld(other, { ...owner, state });
      };
      return { result: done, xid, assertThere };
    }
    if (owner !== undefined) await store.assertEpoch(client, owner);
    const { rows } = await client.query<{ xid: string | null }>("SELECT pg_current_xact_id_if_assigned()::text AS xid");
    return { result: done, xid: rows[0]?.xid ?? undefined };
  }

  /** Echoes what is committed: of each scope the newest state, and statuses. */
  async #reply(done: Done): Promise<void> {
    const { tally, replies, owner, newest } = this.#shared;
    const { points } = done;
    tally.add(done);
    for (const [index, { stream, point }] of points.entries()) {
      const isStale =
        point.type === "state" &&
        points.slice(index + 1).some((later) => later.stream === stream && later.point.type === "state");
      if (isStale) continue;
      if (point.type === "state" && owner !== undefined)
        newest.set(stream, { epoch: owner.epoch, seq: point.state.seq });
      await replies.committed(point, stream === undefined ? tally.all() : { [stream]: tally.of(stream) }, owner?.epoch);
    }
  }
}

function newDone(): Done {
  return { counts: new Map(), ahead: new Map(), points: [] };
}

function add({ counts }: Done, stream: string, more: CommittedCounts): void {
  counts.set(stream, addCounts(counts.get(stream) ?? NOTHING, more));
}

/** Rejections, with their records, must not be kept for as long. */
function note({ ahead }: Done, stream: string, { counts, places }: StoreResult): void {
  const noted = ahead.get(stream);
  if (noted === undefined) ahead.set(stream, [{ counts, places }]);
  else noted.push({ counts, places });
}

type GivenUp = { writer: StreamWriter; stream: string; count: number; done: Done };

/** Takes back what was written ahead, and counts it and what was not written as skipped. */
async function giveUp(client: ClientBase, { writer, stream, count, done }: GivenUp): Promise<void> {
  const ahead = done.ahead.get(stream) ?? [];
  done.ahead.delete(stream);
  const { written, deleted } = ahead.map(({ counts }) => counts).reduce(addCounts, NOTHING);
  await writer.takeBack(client, ahead);
  add(done, stream, {
    ...NOTHING,
    written: -written,
    deleted: -deleted,
    skipped: written + deleted + count,
    received: count,
  });
  log(
    "warn",
    `${written + deleted + count} records of "${stream}" are behind its last state and not kept: the next read brings them again, and they would be there twice.`,
  );
}

function namesOf(parts: readonly Part[]): string {
  const names = parts.flatMap(({ stream }) => (stream === undefined ? [] : [`"${stream}"`]));
  if (names.length === 0) return "the global state";
  return names.length === 1 ? `the stream ${names[0]}` : `the streams ${names.join(", ")}`;
}
