import type { CommittedCounts, ConfiguredStream } from "@sluice/protocol";
import type { CommitPoint, Receiver, RecordLine, Replies } from "@sluice/protocol/stdio";
import type { Saboteur } from "../sabotage/saboteur.ts";
import type { DestinationFault } from "./destination-faults.ts";
import type { RowStore } from "./row-store.ts";

export type FaultyReceiverOptions = {
  fault: DestinationFault;
  saboteur: Saboteur;
  store: RowStore;
  replies: Replies;
};

/** Keeps rows until a state or a terminal status comes, commits them, and then echoes it. */
export class FaultyReceiver implements Receiver {
  readonly ready?: string;
  readonly #options: FaultyReceiverOptions;
  readonly #counts = new Map<string, CommittedCounts>();
  #rows = new Map<string, Buffer[]>();
  #received = 0;

  constructor(options: FaultyReceiverOptions) {
    this.#options = options;
    if (options.store.ready !== undefined) this.ready = options.store.ready;
  }

  async record({ stream, op, version, data }: RecordLine): Promise<void> {
    const { fault, saboteur, replies } = this.#options;
    const counts = this.#countsOf(stream);
    this.#received += 1;
    counts.received += 1;
    if (fault.rejects === true && this.#received % saboteur.settings.at === 0) {
      counts.rejected += 1;
      const row: unknown = JSON.parse(data.toString());
      await replies.rejected({ stream, key: null, reason: "It is refused, as the fault says.", data: row });
    } else {
      counts[op === "delete" ? "deleted" : "written"] += 1;
      this.#rowsOf(stream).push(rowOf(op, version, data));
    }
    await saboteur.record();
  }

  async point(point: CommitPoint): Promise<void> {
    const { fault, store, replies } = this.#options;
    const stream = point.type === "state" ? point.state.stream : point.status.stream;
    // the rows of other streams are not covered: their states are still to come
    const covered = stream === undefined ? [...this.#counts.keys()] : [stream];
    if (fault.acknowledgesEarly !== true) this.#commit(covered, point);
    const counts = Object.fromEntries(covered.map((name) => [name, { ...this.#countsOf(name) }]));
    await replies.committed(point, counts, store.epoch);
  }

  async schema(streams: ConfiguredStream[]): Promise<void> {
    this.#options.store.open(streams.map(({ stream }) => stream.name));
  }

  async end(): Promise<void> {
    const { fault, store } = this.#options;
    // with checkpoints, rows that no state covers will come again
    if (store.epoch === undefined || fault.acknowledgesEarly === true) this.#commit([...this.#rows.keys()]);
    store.close();
  }

  async abort(): Promise<void> {
    this.#options.store.close();
  }

  #commit(streams: readonly string[], point?: CommitPoint): void {
    const rows = new Map(streams.map((stream) => [stream, this.#rows.get(stream) ?? []]));
    this.#options.store.commit(rows, point?.type === "state" ? point : undefined);
    for (const stream of streams) this.#rows.delete(stream);
  }

  #countsOf(stream: string): CommittedCounts {
    const counts = this.#counts.get(stream) ?? { received: 0, written: 0, skipped: 0, deleted: 0, rejected: 0 };
    this.#counts.set(stream, counts);
    return counts;
  }

  #rowsOf(stream: string): Buffer[] {
    const rows = this.#rows.get(stream) ?? [];
    this.#rows.set(stream, rows);
    return rows;
  }
}

/** Yields a row's line; a copy, because the record's data is a view of the input. */
function rowOf(op: string, version: number | undefined, data: Buffer): Buffer {
  const head = `{"op":"${op}"${version === undefined ? "" : `,"version":${version}`},"data":`;
  return Buffer.concat([Buffer.from(head), data, Buffer.from("}\n")]);
}
