import type { CommitPoint, RecordLine } from "@sluice/protocol/stdio";
import { Batch } from "./batch.ts";
import { recordKey } from "./record-key.ts";

/** What is committed together: records, and the points that stand right behind the last of them. */
export type Commit = { batch: Batch; points: CommitPoint[] };

export type LaneOptions = {
  keyProperties: readonly string[];
  maxRows: number;
  maxBytes: number;
  maxWaitMs: number;
  commit(commit: Commit): Promise<void>;
  /** Told of a commit that failed while no call was waiting for it. */
  failed(error: unknown): void;
};

/**
 * Gathers the records of one stream into batches and commits them one after the other, one while the next fills.
 * A batch ends at the newest state that it holds; what came behind that moves to the next.
 */
export class Lane {
  readonly #options: LaneOptions;
  #batch = new Batch();
  /** The newest state and the terminal status that wait, each with how many records of the batch stand before it. */
  #points: { point: CommitPoint; at: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #committing: Promise<void> = Promise.resolve();
  #commits = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get byteLength(): number {
    return this.#batch.byteLength;
  }

  /** Takes a record; a returned promise resolves when the lane may take more. */
  record({ op, version, data, lineNumber }: RecordLine): Promise<void> | undefined {
    const key = recordKey(data, this.#options.keyProperties);
    this.#batch.push({ op, version, data, lineNumber, ...key });
    return this.#isFull() ? this.submit() : this.#wait();
  }

  /** Takes a state, or a terminal status, which is committed at once; a later state stands for an earlier one. */
  point(point: CommitPoint): Promise<void> | undefined {
    if (point.type === "state") this.#points = [];
    this.#points.push({ point, at: this.#batch.length });
    if (point.type === "status") return this.#submitPoints();
    return this.#isFull() ? this.submit() : this.#wait();
  }

  /** Starts the commit of what was gathered; resolves once the one before it is through. */
  async submit(): Promise<void> {
    this.#stopTimer();
    const previous = this.#committing;
    const commit = this.#seal();
    if (commit === undefined) return previous;
    this.#commits += 1;
    this.#committing = previous
      .then(() => this.#options.commit(commit))
      .finally(() => {
        this.#commits -= 1;
      });
    // whoever drains sees it as well; the failure must also end an input that is waited for
    this.#committing.catch((error: unknown) => this.#options.failed(error));
    await previous;
  }

  /** Resolves once everything that was taken is committed. */
  async drain(): Promise<void> {
    while (this.#batch.length > 0 || this.#points.length > 0) await this.submit();
    await this.#committing;
  }

  /** Forgets what is not committed, and resolves when nothing is under way. */
  async abort(): Promise<void> {
    this.#stopTimer();
    this.#batch = new Batch();
    this.#points = [];
    // it was reported when it failed
    await this.#committing.catch(() => {});
  }

  #isFull(): boolean {
    const { maxRows, maxBytes } = this.#options;
    return this.#batch.length >= maxRows || this.#batch.byteLength >= maxBytes;
  }

  async #submitPoints(): Promise<void> {
    while (this.#points.length > 0) await this.submit();
  }

  #seal(): Commit | undefined {
    const whole = this.#batch;
    const end = this.#points[0]?.at ?? whole.length;
    const points = this.#points.filter(({ at }) => at === end).map(({ point }) => point);
    if (end === 0 && points.length === 0) return undefined;
    this.#points = this.#points.filter(({ at }) => at > end).map(({ point, at }) => ({ point, at: at - end }));
    if (end === whole.length) {
      this.#batch = new Batch();
      return { batch: whole, points };
    }
    this.#batch = whole.slice(end, whole.length);
    this.#wait();
    return { batch: whole.slice(0, end), points };
  }

  #wait(): undefined {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      // while a commit is under way the next batch may as well grow
      if (this.#commits > 0) this.#wait();
      else this.submit().catch(() => {});
    }, this.#options.maxWaitMs);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
