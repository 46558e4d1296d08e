import type { CommittedCounts, Payload } from "@sluice/protocol";
import type { CommitPoint } from "@sluice/protocol/stdio";
import type { PendingRows } from "./stream-rows.ts";

/** A state or terminal status, with what was true when it came. */
export type PendingPoint = {
  point: CommitPoint;
  counts: Record<string, CommittedCounts>;
  /** Of each appended stream, how many rows this writer had appended by then. */
  ends: ReadonlyMap<string, number>;
};

/** What is written together: rows by stream, then the points that cover them. */
export type Batch = {
  rows: Map<string, PendingRows>;
  points: PendingPoint[];
  rejections: Payload<"rejected">[];
};

/** Yields the points that are answered: of states of one scope the newest, which stands for the others, and every end. */
export function answeredPoints(points: readonly PendingPoint[]): PendingPoint[] {
  const newest = new Map(points.map((pending) => [scopeOf(pending.point), pending]));
  return points.filter((pending) => pending.point.type === "status" || newest.get(scopeOf(pending.point)) === pending);
}

function scopeOf(point: CommitPoint): string {
  return point.type === "state" ? `${point.state.scope} ${point.state.stream ?? ""}` : "";
}
