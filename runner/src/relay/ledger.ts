import {
  SluiceError,
  isTerminalStatus,
  type CommittedCounts,
  type ConfiguredStream,
  type Payload,
} from "@sluice/protocol";
import { addPayloadMembers } from "@sluice/protocol/stdio";
import type { StreamCounter } from "./line-scanner.ts";
import { isSameButForCommit } from "./same-message.ts";

type State = Payload<"state">;
type Status = Payload<"stream_status">;
export type StreamStatus = Status["status"];

/** What is known of a stream in this attempt: what passed, what came back committed, and how it ended. */
export type StreamEntry = StreamCounter & {
  committed: CommittedCounts | undefined;
  status: StreamStatus | undefined;
  reason: string | undefined;
  /** Whether the end was echoed, so that all before it is durable. */
  isConfirmed: boolean;
};

/** A state that was verified on its way back; `line` is as the source gave it. */
export type CommittedState = { state: State; line: Buffer };

type Sent = { line: Buffer; seq: number; records: Record<string, number>; atMs: number };

/** Bytes of states that a destination may leave unanswered before the run is given up. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024;

/** A live source tells where it stands more often than that, also where nothing happens; behind it nobody knows. */
const QUIET_MS = 90_000;

/**
 * Keeps account of one attempt: what the source sent against what the destination says it committed. Whatever does not
 * agree throws `protocol`; the caller knows whose line it was.
 */
export class Ledger {
  readonly #streams = new Map<string, StreamEntry>();
  readonly #sentStates = new Map<string | null, Sent[]>();
  readonly #sentEnds = new Map<string, Sent>();
  #pendingBytes = 0;
  #lastSeq: number | undefined;
  #lagMs = 0;
  #heardAtMs = performance.now();
  readonly #quietMs: number;

  constructor(streams: readonly ConfiguredStream[], { quietMs = QUIET_MS }: { quietMs?: number } = {}) {
    this.#quietMs = quietMs;
    this.add(streams);
  }

  get streams(): ReadonlyMap<string, StreamEntry> {
    return this.#streams;
  }

  /** Takes streams that a later catalog brought. */
  add(streams: readonly ConfiguredStream[]): void {
    for (const { stream } of streams) {
      if (this.#streams.has(stream.name)) continue;
      const blank = { committed: undefined, status: undefined, reason: undefined, isConfirmed: false };
      this.#streams.set(stream.name, { records: 0, bytes: 0, isEnded: false, ...blank });
    }
  }

  /** Yields a stream's entry; throws for one that is not in the catalog. */
  entry(stream: string): StreamEntry {
    const entry = this.#streams.get(stream);
    if (entry === undefined)
      throw new SluiceError("protocol", `There is no stream "${stream.slice(0, 200)}" in the catalog.`);
    return entry;
  }

  /** Takes a state on its way to the destination; yields the line to send, with counts where the source gave none. */
  sendState(state: State, line: Buffer): Buffer {
    this.#checkSeq(state.seq);
    const records = this.#recordsOf(state);
    for (const [stream, count] of Object.entries(state.records ?? {})) this.#checkSent(stream, count);
    const sent = state.records === undefined ? withMembers(line, "state", { records }) : line;
    const scope = scopeOf(state);
    const waiting = this.#sentStates.get(scope) ?? [];
    this.#heardAtMs = performance.now();
    waiting.push({ line: Buffer.from(sent), seq: state.seq, records, atMs: this.#heardAtMs });
    this.#sentStates.set(scope, waiting);
    this.#pendingBytes += sent.length;
    if (this.#pendingBytes > MAX_PENDING_BYTES)
      throw new SluiceError(
        "protocol",
        `The destination has left ${waiting.length} states unanswered, ${this.#pendingBytes} bytes of them.`,
      );
    return sent;
  }

  /** Takes a status on its way to the destination; yields the line to send. */
  sendStatus(status: Status, line: Buffer): Buffer {
    const entry = this.entry(status.stream);
    if (entry.isEnded)
      throw new SluiceError("protocol", `The stream "${status.stream}" ends a second time, or goes on behind its end.`);
    entry.status = status.status;
    entry.reason = status.reason;
    if (!isTerminalStatus(status.status)) return line;
    entry.isEnded = true;
    if (status.records !== undefined) this.#checkSent(status.stream, status.records);
    const records = { [status.stream]: entry.records };
    const sent = status.records === undefined ? withMembers(line, "stream_status", { records: entry.records }) : line;
    this.#sentEnds.set(status.stream, { line: Buffer.from(sent), seq: -1, records, atMs: performance.now() });
    return sent;
  }

  /** Takes an echoed state; yields it as it was sent. Throws unless it is one of those, in order, with agreeing counts. */
  confirmState(state: State, line: Buffer): CommittedState {
    const scope = scopeOf(state);
    const waiting = this.#sentStates.get(scope) ?? [];
    const index = waiting.findIndex(({ seq }) => seq === state.seq);
    const sent = waiting[index];
    const what = `state ${state.seq} of ${scope === null ? "all streams" : `the stream "${scope}"`}`;
    if (sent === undefined)
      throw new SluiceError("protocol", `It echoed ${what}, which was not sent or is older than one echoed before.`);
    if (!isSameButForCommit(sent.line, line, "state")) throw new SluiceError("protocol", `It changed ${what}.`);
    for (const stream of Object.keys(sent.records))
      this.#checkCommitted(stream, sent.records[stream] ?? 0, state.committed);
    for (const { line: passed } of waiting.splice(0, index + 1)) this.#pendingBytes -= passed.length;
    this.#lagMs = performance.now() - sent.atMs;
    return { state, line: sent.line };
  }

  /** Takes an echoed terminal status. */
  confirmStatus(status: Status, line: Buffer): void {
    const sent = this.#sentEnds.get(status.stream);
    if (sent === undefined)
      throw new SluiceError("protocol", `It echoed an end of the stream "${status.stream}" that was not sent.`);
    if (!isSameButForCommit(sent.line, line, "stream_status"))
      throw new SluiceError("protocol", `It changed the end of the stream "${status.stream}".`);
    this.#checkCommitted(status.stream, sent.records[status.stream] ?? 0, status.committed);
    this.#sentEnds.delete(status.stream);
    this.entry(status.stream).isConfirmed = true;
  }

  /** Tells whether every stream has ended and all that was sent has come back. */
  get isSettled(): boolean {
    return [...this.#streams.values()].every(({ isConfirmed }) => isConfirmed) && this.unanswered.length === 0;
  }

  /** Yields, in words, the states and ends that were sent and have not come back. */
  get unanswered(): string[] {
    const states = [...this.#sentStates]
      .filter(([, waiting]) => waiting.length > 0)
      .map(([scope]) => (scope === null ? "the global state" : `the state of "${scope}"`));
    return [...states, ...[...this.#sentEnds.keys()].map((stream) => `the end of "${stream}"`)];
  }

  /** When the oldest state or end was sent that has not come back, as `performance.now` has it. */
  get oldestSentAtMs(): number | undefined {
    const waiting = [...this.#sentStates.values()].flatMap(([oldest]) => (oldest === undefined ? [] : [oldest]));
    const sent = [...waiting, ...this.#sentEnds.values()].map(({ atMs }) => atMs);
    return sent.length === 0 ? undefined : Math.min(...sent);
  }

  /**
   * How long the last state took until it came back, or the oldest one has been away already, in milliseconds; once none
   * has come for long, how long ago the last one did: what has happened since is not known to be stored.
   */
  get lagMs(): number {
    const nowMs = performance.now();
    const sentAtMs = [...this.#sentStates.values()].flatMap(([oldest]) => (oldest === undefined ? [] : [oldest.atMs]));
    const quietMs = nowMs - this.#heardAtMs;
    return Math.max(this.#lagMs, nowMs - Math.min(...sentAtMs, nowMs), quietMs > this.#quietMs ? quietMs : 0);
  }

  /** Yields the streams that the source did not end. */
  get unended(): string[] {
    return [...this.#streams].filter(([, { isEnded }]) => !isEnded).map(([stream]) => stream);
  }

  get hasRecords(): boolean {
    return [...this.#streams.values()].some(({ records }) => records > 0);
  }

  /** Tells whether some stream has no end yet, or one that is no success. */
  get isIncomplete(): boolean {
    return [...this.#streams.values()].some(({ status }) => status !== "complete" && status !== "skipped");
  }

  /** Yields what of the streams has come back without counts: that it is stored is the destination's word only. */
  get uncounted(): string[] {
    return [...this.#streams]
      .filter(([, { records, committed }]) => records > 0 && committed === undefined)
      .map(([stream]) => stream);
  }

  #checkSeq(seq: number): void {
    if (this.#lastSeq !== undefined && seq !== this.#lastSeq + 1)
      throw new SluiceError(
        "protocol",
        `State ${seq} stands behind state ${this.#lastSeq}: one is missing, or their order is wrong.`,
      );
    this.#lastSeq = seq;
  }

  #recordsOf(state: State): Record<string, number> {
    if (scopeOf(state) === null)
      return Object.fromEntries([...this.#streams].map(([stream, { records }]) => [stream, records]));
    const stream = state.stream ?? "";
    const entry = this.entry(stream);
    if (entry.isEnded && entry.status !== "complete")
      throw new SluiceError("protocol", `A state of the stream "${stream}" stands behind its end (${entry.status}).`);
    return { [stream]: entry.records };
  }

  #checkSent(stream: string, said: number): void {
    const { records } = this.entry(stream);
    if (records !== said)
      throw new SluiceError("protocol", `It says that it sent ${said} records of "${stream}", but ${records} passed.`, {
        stream,
      });
  }

  #checkCommitted(stream: string, sent: number, committed: State["committed"]): void {
    // a minimal destination does not count
    if (committed === undefined) return;
    const counts = committed[stream] ?? { received: 0, written: 0, skipped: 0, deleted: 0, rejected: 0 };
    if (counts.received !== sent)
      throw new SluiceError(
        "protocol",
        `It says that it received ${counts.received} records of "${stream}", but ${sent} were sent.`,
        { stream },
      );
    const accounted = counts.written + counts.skipped + counts.deleted + counts.rejected;
    if (accounted !== counts.received)
      throw new SluiceError(
        "protocol",
        `It accounts for ${accounted} of the ${counts.received} records of "${stream}" that it received.`,
        { stream },
      );
    this.entry(stream).committed = counts;
  }
}

function scopeOf({ scope, stream }: State): string | null {
  if (scope === "global") return null;
  if (stream === undefined) throw new SluiceError("protocol", "A state of a stream does not name the stream.");
  return stream;
}

function withMembers(line: Buffer, type: string, added: object): Buffer {
  const text = addPayloadMembers(line, type, added);
  return text === undefined ? line : Buffer.from(text);
}
