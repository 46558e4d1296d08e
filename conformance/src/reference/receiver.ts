import { SluiceError, type CommittedCounts, type ConfiguredStream } from "@sluice/protocol";
import type { CommitPoint, Receiver, RecordLine, Replies, WriteContext } from "@sluice/protocol/stdio";
import type { Checkpoints, ResumedFrom, StoredState, Writer } from "../destination-faulty/checkpoints.ts";
import type { RowTable } from "./row-table.ts";

export type ReceiverOptions = WriteContext & { replies: Replies; checkpoints: Checkpoints; table: RowTable };
/** A record that waits for the state behind it; `data` is its text, token by token as it came. */
export type WaitingRecord = { op: "upsert" | "delete"; version: number | null; data: string };

/** Keeps records until a state or a terminal status comes, stores them in one transaction with it, and then echoes it. */
export class ReferenceReceiver implements Receiver {
  readonly ready?: string;
  readonly replies: Replies;
  readonly table: RowTable;
  readonly checkpoints: Checkpoints;
  readonly streams = new Map<string, ConfiguredStream>();
  readonly counts = new Map<string, CommittedCounts>();
  waiting = new Map<string, WaitingRecord[]>();
  readonly writer: Writer | undefined;
  readonly #states: readonly StoredState[];

  constructor({ replies, checkpoints, table, streams, pipelineId, resumedFrom }: ReceiverOptions) {
    this.replies = replies;
    this.table = table;
    this.checkpoints = checkpoints;
    this.open(streams);
    this.#states =
      pipelineId === undefined
        ? []
        : checkpoints.states(pipelineId).filter(({ scope }) => scope === "" || this.streams.has(scope));
    if (pipelineId === undefined) return;
    if (resumedFrom !== undefined) this.resumed(resumedFrom);
    const epoch = checkpoints.transaction(() => checkpoints.takeEpoch(pipelineId));
    this.writer = { pipelineId, epoch };
    this.ready = `{"type":"ready","ready":{"epoch":${epoch},"states":[${this.#states.map(({ payload }) => payload).join(",")}]}}`;
  }

  /** Rows would be missing behind a state that was never stored here, and come twice before one that was. */
  resumed(resumedFrom: ResumedFrom): void {
    const appends = [...this.streams.values()].some(({ destination_mode: mode }) => mode === "append");
    const places = new Map(this.#states.map((state) => [state.scope, state]));
    const told = new Map(resumedFrom.map((from) => [from.stream ?? "", from]));
    for (const [scope, { epoch = 0, seq }] of told) {
      const stored = places.get(scope);
      if (stored === undefined || epoch > stored.epoch || (epoch === stored.epoch && seq > stored.seq)) throw refusal();
    }
    if (!appends) return;
    for (const [scope, stored] of places) {
      const from = told.get(scope);
      if (from === undefined || from.epoch !== stored.epoch || from.seq !== stored.seq) throw refusal();
    }
  }

  async record({ stream, op, version, data, lineNumber }: RecordLine): Promise<void> {
    if (!isJson(data)) {
      throw new SluiceError(
        "protocol",
        `Line ${lineNumber} of the input has data that is not JSON; the source must be fixed.`,
      );
    }
    this.countsOf(stream).received += 1;
    this.waitingOf(stream).push({ op, version: version ?? null, data: data.toString() });
  }

  async point(point: CommitPoint): Promise<void> {
    const stream = point.type === "state" ? point.state.stream : point.status.stream;
    const covered = stream === undefined ? [...this.counts.keys()] : [stream];
    await this.reject(covered);
    this.commit(covered, point);
    const counts = covered.map((name) => [name, { ...this.countsOf(name) }] as const);
    await this.replies.committed(point, Object.fromEntries(counts), this.writer?.epoch);
  }

  async schema(streams: ConfiguredStream[]): Promise<void> {
    this.open(streams);
  }

  async end(): Promise<void> {
    // what no state covers comes again
    if (this.writer === undefined) this.commit([...this.waiting.keys()], undefined);
    this.checkpoints[Symbol.dispose]();
  }

  async abort(): Promise<void> {
    this.checkpoints[Symbol.dispose]();
  }

  open(streams: readonly ConfiguredStream[]): void {
    for (const configured of streams) this.streams.set(configured.stream.name, configured);
  }

  /** Tells of the records that cannot be stored, and takes them out of what waits. */
  async reject(streams: readonly string[]): Promise<void> {
    for (const stream of streams) {
      const kept: WaitingRecord[] = [];
      for (const record of this.waitingOf(stream)) {
        const reason = this.flawOf(stream, record);
        if (reason === undefined) {
          kept.push(record);
          continue;
        }
        this.countsOf(stream).rejected += 1;
        await this.replies.rejected({ stream, key: null, reason, data: JSON.parse(record.data) });
      }
      this.waiting.set(stream, kept);
    }
  }

  /** Yields why a record cannot be stored; undefined when it can. */
  flawOf(stream: string, { data }: WaitingRecord): string | undefined {
    const { stream: declared, destination_mode: mode } = this.streams.get(stream) as ConfiguredStream;
    const row: unknown = JSON.parse(data);
    const properties = Object.entries(Object(declared.json_schema["properties"]));
    const unfit = properties.find(
      ([name, schema]) => Object(schema).type === "integer" && !fitsInteger(Object(row)[name]),
    );
    if (unfit !== undefined) return `The value of "${unfit[0]}" is no integer.`;
    const missing = (declared.primary_key ?? []).find(
      (name) => Object(row)[name] === undefined || Object(row)[name] === null,
    );
    return mode === "append" || missing === undefined ? undefined : `The key "${missing}" is missing.`;
  }

  /** Stores what waits of these streams together with the state, or nothing at all; throws when a newer writer has taken over. */
  commit(streams: readonly string[], point: CommitPoint | undefined): void {
    this.checkpoints.transaction(() => {
      if (this.writer !== undefined) this.checkpoints.assertEpoch(this.writer);
      for (const stream of streams) this.store(stream, this.waitingOf(stream));
      if (point?.type === "state" && this.writer !== undefined) this.checkpoints.putState(this.writer, point);
      if (point?.type === "status" && point.status.status === "complete") this.complete(point.status.stream);
    });
    for (const stream of streams) this.waiting.delete(stream);
  }

  store(stream: string, records: readonly WaitingRecord[]): void {
    const configured = this.streams.get(stream) as ConfiguredStream;
    for (const record of records) {
      const outcome = this.storeOne(configured, record);
      this.countsOf(stream)[outcome] += 1;
    }
  }

  storeOne(configured: ConfiguredStream, { op, version, data }: WaitingRecord): "written" | "skipped" | "deleted" {
    const { stream, destination_mode: mode } = configured;
    const generation = mode === "overwrite" ? (configured.generation_id ?? "none") : "";
    const keys = stream.primary_key ?? [];
    if (mode === "append" || keys.length === 0) {
      this.table.append(stream.name, generation, data);
      return "written";
    }
    const row: unknown = JSON.parse(data);
    const key = JSON.stringify(keys.map((name): unknown => Object(row)[name]));
    return this.table.merge(stream.name, generation, { key, op, version, data });
  }

  complete(stream: string): void {
    const configured = this.streams.get(stream) as ConfiguredStream;
    if (configured.destination_mode === "overwrite") this.table.replace(stream, configured.generation_id ?? "none");
  }

  countsOf(stream: string): CommittedCounts {
    const counts = this.counts.get(stream) ?? { received: 0, written: 0, skipped: 0, deleted: 0, rejected: 0 };
    this.counts.set(stream, counts);
    return counts;
  }

  waitingOf(stream: string): WaitingRecord[] {
    const waiting = this.waiting.get(stream) ?? [];
    this.waiting.set(stream, waiting);
    return waiting;
  }
}

function fitsInteger(value: unknown): boolean {
  return value === undefined || value === null || Number.isInteger(value);
}

function isJson(data: Buffer): boolean {
  try {
    JSON.parse(data.toString());
    return true;
  } catch {
    // that is the answer
    return false;
  }
}

function refusal(): SluiceError {
  return new SluiceError(
    "config",
    'The source did not continue from what is stored here; give it the output of "checkpoint get".',
  );
}
