import type { Payload } from "@sluice/protocol";

type Capabilities = Payload<"spec">["capabilities"];

const SOURCE_WORDS: [keyof Capabilities, string][] = [
  ["incremental", "changes only"],
  ["live", "live"],
  ["inputs", "pushed events"],
  ["time_range", "ranges of time"],
  ["resumable_full_refresh", "goes on after interruptions"],
  ["versions", "versions"],
];
const DESTINATION_WORDS: [keyof Capabilities, string][] = [
  ["transactional_checkpoints", "keeps states beside its rows"],
  ["fencing", "fences older writers"],
  ["schema_evolution", "follows a changed schema"],
  ["sweep", "sweeps"],
];

/** Yields what a connector can do beyond the minimum, in words, separated by commas; the empty string for nothing. */
export function capabilityWords({ connector: { kind }, capabilities }: Payload<"spec">): string {
  const named = (kind === "source" ? SOURCE_WORDS : DESTINATION_WORDS)
    .filter(([name]) => capabilities[name] === true)
    .map(([, words]) => words);
  if (kind === "source") return named.join(", ");
  const { modes = [], deletes } = capabilities;
  return [...modes, ...(deletes === undefined ? [] : [`${deletes} deletes`]), ...named].join(", ");
}
