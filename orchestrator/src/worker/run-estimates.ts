import type { Payload } from "@sluice/protocol";
import type { ExpectedRows } from "../store/run-plans.ts";
import type { StreamEstimate } from "../store/runs.ts";

const TERMINAL = new Set(["complete", "incomplete", "skipped", "failed"]);
/** Over so long the pace of a stream is measured: a page that comes late is no change of it. */
const WINDOW_MS = 20_000;
/** What is measured over less says nothing. */
const LEAST_MS = 3000;

type Measure = { atMs: number; read: Map<string, number> };

/** Estimates how much each stream of a run will be and when it will end, from a run before and from its pace. */
export class RunEstimates {
  readonly #expected: ReadonlyMap<string, ExpectedRows>;
  #measures: Measure[] = [];

  constructor(expected: ReadonlyMap<string, ExpectedRows>) {
    this.#expected = expected;
  }

  /** Yields the estimates for now, by stream; of one that no run before moved in the same way there is none. */
  at(now: Date, { streams }: Pick<Payload<"progress">, "streams">): Record<string, StreamEstimate> {
    const atMs = Number(now);
    const read = new Map(Object.entries(streams).map(([stream, totals]) => [stream, totals.read]));
    this.#measures = [...this.#measures.filter((each) => atMs - each.atMs <= WINDOW_MS), { atMs, read }];
    return Object.fromEntries(
      Object.entries(streams).flatMap(([stream, { status }]) => {
        const expected = this.#expected.get(stream);
        if (expected === undefined || TERMINAL.has(status)) return [];
        const leftMs = this.#leftMs(stream, expected.rows);
        const endsAt = leftMs === undefined ? null : new Date(atMs + leftMs).toISOString();
        return [[stream, { rows_about: expected.rows, from_run_id: expected.runId, ends_at_about: endsAt }] as const];
      }),
    );
  }

  /** Undefined where there is no pace, and for a stream that has become larger than it was. */
  #leftMs(stream: string, rows: number): number | undefined {
    const [oldest, newest] = [this.#measures[0], this.#measures.at(-1)];
    const now = newest?.read.get(stream) ?? 0;
    const ms = (newest?.atMs ?? 0) - (oldest?.atMs ?? 0);
    const moved = now - (oldest?.read.get(stream) ?? 0);
    return ms < LEAST_MS || moved <= 0 || now >= rows ? undefined : ((rows - now) * ms) / moved;
  }
}
