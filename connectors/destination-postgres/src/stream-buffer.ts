import type { CommitPoint, RecordLine } from "@sluice/protocol/stdio";
import { Batch } from "./batch.ts";
import type { BytePool } from "./byte-pool.ts";
import type { LaneStream } from "./lane.ts";
import { keyScanner, type RecordKey } from "./record-key.ts";

/** Records of a stream and the points that stand right behind the last of them; a global state has no stream. */
export type Part = StreamPart | { stream: undefined; batch: undefined; points: CommitPoint[] };

export type StreamPart = {
  stream: string;
  batch: Batch;
  points: CommitPoint[];
  /** They are written ahead of the state that is to cover them. */
  isAhead?: true;
  /** No state covers what came last: so many records are not written at all, and those written ahead are taken back. */
  givenUp?: number;
};

/** What was gathered of one stream. */
export class StreamBuffer {
  readonly #pool: BytePool;
  #stream: LaneStream;
  #keyOf: (data: Buffer) => RecordKey;
  #batch: Batch;
  /** The newest state and the terminal status that wait, each with how many records of the batch stand before it. */
  #points: { point: CommitPoint; at: number }[] = [];
  /** A terminal status behind records that no state covers; a global state may yet. */
  #heldEnd: CommitPoint | undefined;
  #givenUp: number | undefined;
  #hasState: boolean;

  constructor(stream: LaneStream, pool: BytePool) {
    this.#pool = pool;
    this.#stream = stream;
    this.#hasState = stream.hasState;
    this.#keyOf = keyScanner(stream.keyProperties);
    this.#batch = this.#newBatch();
  }

  get name(): string {
    return this.#stream.name;
  }

  /** Takes the stream as it is from now on; what was gathered before stays. */
  change(stream: LaneStream): void {
    this.#stream = stream;
    this.#keyOf = keyScanner(stream.keyProperties);
    if (this.#batch.length === 0) this.#batch = this.#newBatch();
  }

  get length(): number {
    return this.#batch.length;
  }

  get byteLength(): number {
    return this.#batch.byteLength;
  }

  get hasPoints(): boolean {
    return this.#points.length > 0;
  }

  get hasHeldEnd(): boolean {
    return this.#heldEnd !== undefined;
  }

  /** Whether there is something that may be committed. */
  get isReady(): boolean {
    return this.hasPoints || (this.#batch.length > 0 && !this.#stream.needsState);
  }

  record({ op, version, data, lineNumber }: RecordLine): void {
    const { keys, problem } = this.#keyOf(data);
    this.#batch.push({ op, version, data, lineNumber, keys, ...(problem === undefined ? undefined : { problem }) });
  }

  /** Takes a state, which stands for an earlier one. */
  state(point: CommitPoint): void {
    this.#hasState = true;
    this.#points = [{ point, at: this.#batch.length }];
  }

  /**
   * Takes a terminal status. Where a later read brings the records behind the last state again, they must not be
   * committed: one that is complete waits for a global state, any other gives them up. `isAhead` tells whether some
   * were written ahead.
   */
  end(point: Extract<CommitPoint, { type: "status" }>, isAhead: boolean): void {
    const covered = this.#points[0]?.at;
    const isCovered = covered === undefined ? this.#batch.length === 0 && !isAhead : this.#batch.length === covered;
    const { needsState, isIncremental } = this.#stream;
    const isComplete = point.status.status === "complete";
    if (isCovered || !needsState || (isComplete && !(isIncremental && this.#hasState)))
      this.#points.push({ point, at: this.#batch.length });
    else {
      this.#heldEnd = point;
      if (!isComplete) this.giveUp();
    }
  }

  /** Gives up what waits for a global state, since none comes any more. */
  giveUp(): void {
    if (this.#heldEnd === undefined) return;
    const at = this.#points[0]?.at ?? 0;
    const rest = this.#batch.split(at);
    this.#givenUp = rest.length;
    rest.release();
    this.#points.push({ point: this.#heldEnd, at });
    this.#heldEnd = undefined;
  }

  /** Yields the records up to the first point that waits, with the points there; without any, all records. */
  take(): Part {
    const end = this.#points[0]?.at ?? this.#batch.length;
    const points = this.#points.filter(({ at }) => at === end).map(({ point }) => point);
    const rest = this.#points.filter(({ at }) => at > end).map(({ point, at }) => ({ point, at: at - end }));
    const part: StreamPart = { stream: this.name, ...this.#takeFirst(end), points };
    if (this.#givenUp !== undefined) part.givenUp = this.#givenUp;
    this.#givenUp = undefined;
    this.#points = rest;
    return part;
  }

  /** Yields all records ahead of the state that is to cover them. */
  takeAhead(): Part {
    return { stream: this.name, ...this.#takeFirst(this.#batch.length), points: [], isAhead: true };
  }

  /** Yields all records, which a global state covers, with the end that waited for it; undefined when there is nothing. */
  takeCovered(): Part | undefined {
    this.#hasState = true;
    if (this.#batch.length === 0 && this.#heldEnd === undefined) return undefined;
    const points = this.#heldEnd === undefined ? [] : [this.#heldEnd];
    this.#heldEnd = undefined;
    return { stream: this.name, ...this.#takeFirst(this.#batch.length), points };
  }

  clear(): void {
    this.#batch = this.#newBatch();
    this.#points = [];
    this.#heldEnd = undefined;
    this.#givenUp = undefined;
  }

  #takeFirst(count: number): { batch: Batch } {
    const batch = this.#batch;
    this.#batch = count === batch.length ? this.#newBatch(batch.byteLength) : batch.split(count);
    return { batch };
  }

  /** The next batch is likely to be of the size of the one before, and a little above. */
  #newBatch(previousBytes = 0): Batch {
    const keyColumns = this.#stream.keyProperties.length;
    return new Batch({ keyColumns, dataBytes: Math.ceil(previousBytes * 1.1), pool: this.#pool });
  }
}
