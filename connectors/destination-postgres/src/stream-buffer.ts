import type { CommitPoint, RecordLine } from "@sluice/protocol/stdio";
import { Batch } from "./batch.ts";
import type { BytePool } from "./byte-pool.ts";
import type { LaneStream } from "./lane.ts";
import { keyScanner, type RecordKey } from "./record-key.ts";

/** Records of a stream and the points that stand right behind the last of them; a global state has no stream. */
export type Part =
  | { stream: string; batch: Batch; points: CommitPoint[] }
  | { stream: undefined; batch: undefined; points: CommitPoint[] };

/** What was gathered of one stream. */
export class StreamBuffer {
  readonly #pool: BytePool;
  #stream: LaneStream;
  #keyOf: (data: Buffer) => RecordKey;
  #batch: Batch;
  /** The newest state and the terminal status that wait, each with how many records of the batch stand before it. */
  #points: { point: CommitPoint; at: number }[] = [];

  constructor(stream: LaneStream, pool: BytePool) {
    this.#pool = pool;
    this.#stream = stream;
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

  /** Whether there is something that may be committed. */
  get isReady(): boolean {
    return this.hasPoints || (this.#batch.length > 0 && !this.#stream.needsState);
  }

  record({ op, version, data, lineNumber }: RecordLine): void {
    const { keys, problem } = this.#keyOf(data);
    this.#batch.push({ op, version, data, lineNumber, keys, ...(problem === undefined ? undefined : { problem }) });
  }

  /** A later state stands for an earlier one. */
  point(point: CommitPoint): void {
    if (point.type === "state") this.#points = [];
    this.#points.push({ point, at: this.#batch.length });
  }

  /** Yields the records up to the first point that waits, with the points there; without any, all records. */
  take(): Part {
    const end = this.#points[0]?.at ?? this.#batch.length;
    const points = this.#points.filter(({ at }) => at === end).map(({ point }) => point);
    const rest = this.#points.filter(({ at }) => at > end).map(({ point, at }) => ({ point, at: at - end }));
    const { batch } = this.#takeFirst(end);
    this.#points = rest;
    return { stream: this.name, batch, points };
  }

  /** Yields all records, whatever points there are. */
  takeAll(): Part {
    return { stream: this.name, ...this.#takeFirst(this.#batch.length), points: [] };
  }

  clear(): void {
    this.#batch = this.#newBatch();
    this.#points = [];
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
