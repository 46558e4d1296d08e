import type { Capabilities } from "@sluice/protocol";

/** Of each capability the checks that look at it; none where the kit has no check for it. */
export const checksOfCapabilities: Readonly<Record<string, readonly string[]>> = {
  incremental: ["R6"],
  live: [],
  inputs: [],
  time_range: [],
  resumable_full_refresh: [],
  versions: ["R1"],
  modes: ["W1"],
  deletes: ["W3"],
  transactional_checkpoints: ["F2"],
  fencing: ["F3"],
  schema_evolution: ["W4"],
  sweep: [],
};
const CHECKED_MODES = ["append", "merge", "overwrite"];

/** Yields what a connector claims and no check looks at, in the words of its spec. */
export function uncheckedClaims({ modes = [], ...others }: Capabilities): string[] {
  const claimed = Object.entries(others).filter(([, claim]) => claim !== undefined && claim !== false);
  const names = claimed.map(([name]) => name).filter((name) => (checksOfCapabilities[name] ?? []).length === 0);
  return [...modes.filter((mode) => !CHECKED_MODES.includes(mode)).map((mode) => `mode ${mode}`), ...names];
}
