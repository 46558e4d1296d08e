import type { ConfiguredStream } from "@sluice/protocol";

/** A stream as a run is to move it, as far as it tells how much that may be. */
export type PlannedStream = Pick<ConfiguredStream, "sync_mode" | "destination_mode"> & {
  stream: string;
  /** From its beginning, from where a complete reading ended, or a part: what is left of one, a limit, a range of time. */
  extent: "full" | "increment" | "part";
};

type Position = { startsOver: boolean; isUnderWay: boolean; hasState: boolean; hasGlobalState: boolean };

/** Yields how a run is to move a configured stream whose states are like this. */
export function plannedStream(configured: ConfiguredStream, position: Position): PlannedStream {
  const { stream, sync_mode, destination_mode } = configured;
  return { stream: stream.name, sync_mode, destination_mode, extent: extentOf(configured, position) };
}

function extentOf(
  { limit, time_range: range }: ConfiguredStream,
  { startsOver, isUnderWay, hasState, hasGlobalState }: Position,
): PlannedStream["extent"] {
  if (limit !== undefined || range !== undefined) return "part";
  // what a state of all streams says of this one only its source knows
  if (hasGlobalState) return "part";
  if (startsOver || !hasState) return "full";
  return isUnderWay ? "part" : "increment";
}
