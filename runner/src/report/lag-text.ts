import type { Payload } from "@sluice/protocol";

/** Yields how far a live run is behind, in words; undefined for any other run. */
export function lagText({ lag_ms: lagMs }: Payload<"progress">["totals"]): string | undefined {
  return lagMs === undefined ? undefined : `lag ${(lagMs / 1000).toFixed(1)} s`;
}
