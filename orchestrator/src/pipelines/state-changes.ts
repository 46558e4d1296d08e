import { dataText } from "@sluice/protocol/stdio";
import { stateLineOf } from "@sluice/runner";

/** A state: the stream that it is of, null for all, and the message as the line that it came on. */
export type ShownState = { stream: string | null; line: string };

/** What became of the state of a stream, null for one of all streams, between two instants. */
export type StateChange = {
  stream: string | null;
  change: "added" | "removed" | "changed";
  before: string | null;
  after: string | null;
  /** When the oldest state that is kept of it was committed; what it was before is not known. */
  known_since: Date | null;
};

type Compared = { history: readonly ShownState[]; now: readonly ShownState[] };
type Moments = { from: Date; to: Date | undefined };
type PastState = { line: string; at: Date };

/**
 * Yields the streams whose states are other ones at `to`, or now, than at `from`, by name. What counts is where a read goes
 * on from: a state that was only stored again is the same.
 */
export function stateChanges({ history, now }: Compared, { from, to }: Moments): StateChange[] {
  const pasts = pastByStream(history);
  const present = new Map(now.map(({ stream, line }) => [stream, line]));
  const streams = [...new Set([...pasts.keys(), ...present.keys()])];
  return streams.toSorted(byName).flatMap((stream) => {
    const past = pasts.get(stream) ?? [];
    const before = lineAt(past, from);
    const after = to === undefined ? present.get(stream) : lineAt(past, to);
    const change = changeOf(before, after);
    if (change === undefined) return [];
    return [{ stream, change, before: before ?? null, after: after ?? null, known_since: past[0]?.at ?? null }];
  });
}

/** States in the order of their commits; one that does not tell when it was committed is none of the past. */
function pastByStream(history: readonly ShownState[]): Map<string | null, PastState[]> {
  const pasts = new Map<string | null, PastState[]>();
  for (const { stream, line } of history) {
    const { committed_at: at } = stateLineOf(line).state;
    if (typeof at !== "string") continue;
    const past = pasts.get(stream);
    if (past === undefined) pasts.set(stream, [{ line, at: new Date(at) }]);
    else past.push({ line, at: new Date(at) });
  }
  return pasts;
}

function lineAt(past: readonly PastState[], moment: Date): string | undefined {
  return past.findLast(({ at }) => at <= moment)?.line;
}

function changeOf(before: string | undefined, after: string | undefined): StateChange["change"] | undefined {
  if (before === undefined) return after === undefined ? undefined : "added";
  if (after === undefined) return "removed";
  return meaningOf(before) === meaningOf(after) ? undefined : "changed";
}

/** Epochs, numbers and times of commits say who stored it and when, not where a read goes on. */
function meaningOf(line: string): string {
  const { state, line: bytes } = stateLineOf(line);
  return JSON.stringify([state.generation_id ?? null, dataText(bytes)]);
}

/** That of all streams comes first. */
function byName(one: string | null, other: string | null): number {
  if (one === null || other === null) return one === other ? 0 : one === null ? -1 : 1;
  return one < other ? -1 : Number(one > other);
}
