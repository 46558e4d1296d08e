import type { CommitPoint, RecordLine } from "@sluice/protocol/stdio";
import type { BytePool } from "./byte-pool.ts";
import { StreamBuffer, type Part } from "./stream-buffer.ts";

/** What is written together. It is committed right behind, unless rows of an appended stream still want their state. */
export type Work = { parts: Part[]; commits: boolean };

export type LaneStream = {
  name: string;
  keyProperties: readonly string[];
  /** Rows may only be committed together with the state that covers them: written again, they would be twice there. */
  needsState: boolean;
  /** The next read goes on from the newest state, also when the stream was complete. */
  isIncremental: boolean;
  /** A state that speaks for it is stored. */
  hasState: boolean;
};

export type LaneOptions = {
  streams: readonly LaneStream[];
  maxRows: number;
  maxBytes: number;
  maxWaitMs: number;
  pool: BytePool;
  write(work: Work): Promise<void>;
  /** Told of a failure that came while no call was waiting for it. */
  failed(error: unknown): void;
};

/**
 * Gathers the records of one stream, or of several that share transactions, into batches, and writes them one after
 * the other, one while the next fills. What is committed ends, for each stream, at the newest state that it has; what
 * came behind that waits for the next.
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #buffers = new Map<string, StreamBuffer>();
  /** Streams of which rows were written that no state covers yet. */
  readonly #uncovered = new Set<string>();
  /** What all buffers hold; added up record by record, for it is asked with each. */
  #rows = 0;
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #writes = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
    for (const stream of options.streams) this.add(stream);
  }

  get byteLength(): number {
    return this.#bytes;
  }

  /** Whether a transaction is open, with rows that were written ahead of their state. */
  get isAhead(): boolean {
    return this.#uncovered.size > 0;
  }

  /** Takes a stream in, or its new key. */
  add(stream: LaneStream): void {
    const known = this.#buffers.get(stream.name);
    // records that still want their state are waiting there
    if (known !== undefined) known.change(stream);
    else this.#buffers.set(stream.name, new StreamBuffer(stream, this.#options.pool));
  }

  /** Takes a record; a returned promise resolves when the lane may take more. */
  record(record: RecordLine): Promise<void> | undefined {
    this.#buffer(record.stream).record(record);
    this.#rows += 1;
    this.#bytes += record.data.length;
    return this.#isFull() ? this.submit() : this.#wait();
  }

  /**
   * Takes a state of a stream, or its terminal status, which is written at once unless rows before it still want their
   * state; a later state stands for an earlier one.
   */
  point(stream: string, point: CommitPoint): Promise<void> | undefined {
    const buffer = this.#buffer(stream);
    if (point.type === "status") {
      buffer.end(point, this.#uncovered.has(stream));
      this.#weigh();
      return this.#submitPoints(stream);
    }
    buffer.state(point);
    return this.#isFull() ? this.submit() : this.#wait();
  }

  /** Writes everything together with a global state, which covers all of it. */
  async globalState(point: CommitPoint): Promise<void> {
    await this.drain();
    const rest = [...this.#buffers.values()].flatMap((buffer) => buffer.takeCovered() ?? []);
    this.#uncovered.clear();
    this.#weigh();
    await this.#enqueue({ parts: [...rest, { stream: undefined, batch: undefined, points: [point] }], commits: true });
    await this.#writing;
  }

  /** Starts the write of what was gathered; resolves once the one before it is through. */
  async submit(): Promise<void> {
    this.#stopTimer();
    const previous = this.#writing;
    const work = this.#seal();
    if (work !== undefined) await this.#enqueue(work);
    else await previous;
  }

  /** Resolves once everything that may be committed is. */
  async drain(): Promise<void> {
    while (this.#sum((buffer) => (buffer.isReady ? 1 : 0)) > 0) await this.submit();
    await this.#writing;
  }

  /** Resolves once everything is committed that a later read does not bring again; no state comes any more. */
  async end(): Promise<void> {
    for (const buffer of this.#buffers.values()) buffer.giveUp();
    await this.drain();
  }

  /** Forgets what is not committed, and resolves when nothing is under way. */
  async abort(): Promise<void> {
    this.#stopTimer();
    for (const buffer of this.#buffers.values()) buffer.clear();
    this.#weigh();
    // it was reported when it failed
    await this.#writing.catch(() => {});
  }

  #buffer(stream: string): StreamBuffer {
    const found = this.#buffers.get(stream);
    if (found === undefined) throw new RangeError(`The lane has no stream "${stream}".`);
    return found;
  }

  #sum(of: (buffer: StreamBuffer) => number): number {
    let sum = 0;
    for (const buffer of this.#buffers.values()) sum += of(buffer);
    return sum;
  }

  #isFull(): boolean {
    const { maxRows, maxBytes } = this.#options;
    return this.#rows >= maxRows || this.#bytes >= maxBytes;
  }

  /** What waits for a global state is no reason to write others ahead of theirs. */
  #weigh(): void {
    this.#rows = this.#sum(({ length, hasHeldEnd }) => (hasHeldEnd ? 0 : length));
    this.#bytes = this.#sum(({ byteLength, hasHeldEnd }) => (hasHeldEnd ? 0 : byteLength));
  }

  async #submitPoints(stream: string): Promise<void> {
    while (this.#buffer(stream).hasPoints) await this.submit();
  }

  #seal(): Work | undefined {
    const ready = [...this.#buffers.values()].filter(({ isReady }) => isReady);
    const parts = ready.map((buffer) => buffer.take());
    if (parts.length > 0) {
      for (const { stream, points } of parts)
        if (stream !== undefined && points.length > 0) this.#uncovered.delete(stream);
    } else if (this.#isFull()) {
      // memory is bounded: what wants its state is written ahead of it, and committed with it
      for (const buffer of this.#buffers.values()) {
        if (buffer.length === 0 || buffer.hasHeldEnd) continue;
        parts.push(buffer.takeAhead());
        this.#uncovered.add(buffer.name);
      }
    }
    this.#weigh();
    if (this.#sum((buffer) => (buffer.isReady ? 1 : 0)) > 0) this.#wait();
    return parts.length === 0 ? undefined : { parts, commits: this.#uncovered.size === 0 };
  }

  async #enqueue(work: Work): Promise<void> {
    const previous = this.#writing;
    this.#writes += 1;
    this.#writing = previous
      .then(() => this.#options.write(work))
      .then(() => {
        for (const { batch } of work.parts) batch?.release();
      })
      .finally(() => {
        this.#writes -= 1;
      });
    // whoever drains sees it as well; the failure must also end an input that is waited for
    this.#writing.catch((error: unknown) => this.#options.failed(error));
    await previous;
  }

  #wait(): undefined {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      // while a write is under way the next batch may as well grow
      if (this.#writes > 0) this.#wait();
      else this.submit().catch(() => {});
    }, this.#options.maxWaitMs);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
