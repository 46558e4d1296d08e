import type { StateLine } from "@sluice/protocol/stdio";
import { assertResumable, Checkpoints, type ResumedFrom, type StoredState, type Writer } from "./checkpoints.ts";
import { RowFiles } from "./row-files.ts";

/** Rows to append, by stream. */
export type Rows = ReadonlyMap<string, readonly Buffer[]>;

export type RowStoreOptions = {
  streams: readonly string[];
  /** With a pipeline rows and states are committed together; without one no state is kept. */
  pipelineId: string | undefined;
  /** Undefined when the source did not say, or has not yet. */
  resumedFrom: ResumedFrom | undefined;
};

type Kept = { checkpoints: Checkpoints; writer: Writer; states: readonly StoredState[] };

/** Stores rows, with their states where there is a pipeline. */
export class RowStore {
  /** The `ready` line, without LF, where states are kept. */
  readonly ready: string | undefined;
  readonly epoch: number | undefined;
  readonly #files: RowFiles;
  readonly #kept: Kept | undefined;

  /** Opens the files, and takes an epoch where states are kept; throws `config` when the source did not continue from these. */
  constructor(folder: string, { streams, pipelineId, resumedFrom }: RowStoreOptions) {
    this.#files = new RowFiles(folder);
    if (pipelineId === undefined) {
      this.open(streams);
      return;
    }
    const checkpoints = new Checkpoints(folder);
    const { states, epoch } = checkpoints.transaction(() => {
      const stored = checkpoints.states(pipelineId).filter(({ scope }) => scope === "" || streams.includes(scope));
      if (resumedFrom !== undefined) assertResumable(resumedFrom, stored);
      for (const stream of streams) {
        const bytes = checkpoints.committedBytes(stream);
        this.#files.open(stream, bytes);
        // or a crash in the first commit would leave rows that nothing tells from committed ones
        if (bytes === undefined) checkpoints.putBytes(stream, this.#files.bytesOf(stream));
      }
      return { states: stored, epoch: checkpoints.takeEpoch(pipelineId) };
    });
    this.#kept = { checkpoints, writer: { pipelineId, epoch }, states };
    this.ready = readyLine(epoch, states);
    this.epoch = epoch;
  }

  /** Takes what the source says when that comes behind `ready`; throws as the constructor does. */
  resumed(resumedFrom: ResumedFrom): void {
    if (this.#kept !== undefined) assertResumable(resumedFrom, this.#kept.states);
  }

  open(streams: readonly string[]): void {
    for (const stream of streams) this.#files.open(stream);
  }

  /** Makes rows durable, and the state with them; throws `protocol` when a newer writer has taken over. */
  commit(rows: Rows, state?: StateLine): void {
    if (this.#kept === undefined) {
      this.#append(rows);
      return;
    }
    const { checkpoints, writer } = this.#kept;
    checkpoints.transaction(() => {
      checkpoints.assertEpoch(writer);
      for (const [stream, bytes] of this.#append(rows)) checkpoints.putBytes(stream, bytes);
      if (state !== undefined) checkpoints.putState(writer, state);
    });
  }

  close(): void {
    this.#files.close();
    this.#kept?.checkpoints[Symbol.dispose]();
  }

  #append(rows: Rows): Map<string, number> {
    for (const [stream, lines] of rows) this.#files.append(stream, lines);
    return this.#files.sync();
  }
}

function readyLine(epoch: number, states: readonly StoredState[]): string {
  return `{"type":"ready","ready":{"epoch":${epoch},"states":[${states.map(({ payload }) => payload).join(",")}]}}`;
}
