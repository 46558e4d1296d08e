import type { CommittedCounts, Payload } from "@sluice/protocol";
import type { StreamEntry } from "../relay/ledger.ts";

/** What is known of a stream over all attempts of a run. */
export type StreamTotals = {
  status: Payload<"stream_status">["status"] | "waiting";
  reason?: string;
  read: number;
  bytes: number;
  committed: number;
  written: number;
  skipped: number;
  deleted: number;
  rejected: number;
};

const NOTHING: Omit<StreamTotals, "status"> = {
  read: 0,
  bytes: 0,
  committed: 0,
  written: 0,
  skipped: 0,
  deleted: 0,
  rejected: 0,
};

/** Adds up what the attempts of a run moved, and how fast. */
export class ProgressMeter {
  /** What earlier attempts moved. */
  #before = new Map<string, StreamTotals>();
  #last: { atMs: number; read: Map<string, number>; bytes: number } | undefined;
  readonly #ranges = new Map<string, number>();

  /** Yields the totals of each stream with what the present attempt has moved so far. */
  totals(current: ReadonlyMap<string, StreamEntry>): Map<string, StreamTotals> {
    return new Map([...current].map(([stream, entry]) => [stream, add(this.#before.get(stream), entry)]));
  }

  /** Keeps what an attempt moved, now that it is over. */
  keep(current: ReadonlyMap<string, StreamEntry>): void {
    this.#before = this.totals(current);
  }

  /** Takes note of a part of a stream that is done. */
  rangeDone(stream: string): void {
    this.#ranges.set(stream, (this.#ranges.get(stream) ?? 0) + 1);
  }

  /** Yields the `progress` payload for now; rates are since the last one. `lagMs` is that of a live run. */
  measure(
    current: ReadonlyMap<string, StreamEntry>,
    { nowMs, lagMs }: { nowMs: number; lagMs: number | undefined },
  ): Payload<"progress"> {
    const totals = this.totals(current);
    const seconds = this.#last === undefined ? 0 : (nowMs - this.#last.atMs) / 1000;
    const rate = (now: number, before = 0) => (seconds > 0 ? Math.max(0, Math.round((now - before) / seconds)) : 0);
    const streams = [...totals].map(([stream, { status, read, committed, rejected }]) => {
      const ranges = this.#ranges.get(stream);
      const rows_per_second = rate(read, this.#last?.read.get(stream));
      const done = ranges === undefined ? {} : { ranges_done: ranges };
      return [stream, { status, read, committed, rejected, rows_per_second, ...done }] as const;
    });
    const all = [...totals.values()];
    const bytes = sum(all, "bytes");
    const reads = [...(this.#last?.read.values() ?? [])].reduce((total, each) => total + each, 0);
    const progress = {
      streams: Object.fromEntries(streams),
      totals: {
        read: sum(all, "read"),
        committed: sum(all, "committed"),
        rejected: sum(all, "rejected"),
        rows_per_second: rate(sum(all, "read"), reads),
        bytes_per_second: rate(bytes, this.#last?.bytes),
        ...(lagMs === undefined ? {} : { lag_ms: Math.round(lagMs) }),
      },
    };
    this.#last = { atMs: nowMs, read: new Map([...totals].map(([stream, { read }]) => [stream, read])), bytes };
    return progress;
  }
}

function add(before: StreamTotals | undefined, entry: StreamEntry): StreamTotals {
  const { received, written, skipped, deleted, rejected }: CommittedCounts = entry.committed ?? {
    received: 0,
    written: 0,
    skipped: 0,
    deleted: 0,
    rejected: 0,
  };
  const old = before ?? NOTHING;
  // "complete" is true once it is durable
  const isUnconfirmed = entry.status === "complete" && !entry.isConfirmed;
  return {
    status: isUnconfirmed ? "running" : (entry.status ?? "waiting"),
    ...(entry.reason === undefined ? {} : { reason: entry.reason }),
    read: old.read + entry.records,
    bytes: old.bytes + entry.bytes,
    committed: old.committed + received,
    written: old.written + written,
    skipped: old.skipped + skipped,
    deleted: old.deleted + deleted,
    rejected: old.rejected + rejected,
  };
}

function sum(totals: readonly StreamTotals[], name: "read" | "bytes" | "committed" | "rejected"): number {
  return totals.reduce((total, each) => total + each[name], 0);
}
