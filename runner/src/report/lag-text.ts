import type { Payload } from "@sluice/protocol";

/** Yields how long what a live run moves takes until it is durable, in words; undefined for any other run. */
export function lagText({ lag_ms: lagMs }: Payload<"progress">["totals"]): string | undefined {
  return lagMs === undefined ? undefined : `durable after ${(lagMs / 1000).toFixed(1)} s`;
}
