import type { OfferedStream } from "./stream.ts";

export type DestinationMode = "append" | "merge" | "overwrite" | "history";
export type SyncMode = "full_refresh" | "incremental";

/** How records become rows, in words. */
export const MODE_WORDS: Record<DestinationMode, string> = {
  merge: "Keep rows current",
  history: "Keep every version",
  append: "Only add rows",
  overwrite: "Replace all rows each time",
};

/** Yields the mode of a stream for which nothing was chosen: rows are merged by their key, and added without one. */
export function usualMode({ key }: Pick<OfferedStream, "key">, modes: readonly DestinationMode[]): DestinationMode {
  return key.length > 0 && modes.includes("merge") ? "merge" : "append";
}

/** Yields the modes that a stream and a destination can do together. */
export function possibleModes(
  stream: Pick<OfferedStream, "key">,
  modes: readonly DestinationMode[],
): DestinationMode[] {
  const all = Object.keys(MODE_WORDS) as DestinationMode[];
  const needsKey = (mode: DestinationMode) => mode === "merge" || mode === "history";
  return all.filter((mode) => modes.includes(mode) && (stream.key.length > 0 || !needsKey(mode)));
}

/** Yields how a stream is read for a mode: whole when all rows are replaced, else only what changed where it can. */
export function syncModeFor(mode: DestinationMode, { canFollow }: Pick<OfferedStream, "canFollow">): SyncMode {
  return mode !== "overwrite" && canFollow ? "incremental" : "full_refresh";
}

/** Yields the modes that a destination's capabilities name; all that are known when it names none. */
export function modesOf(capabilities: Record<string, unknown> | undefined): DestinationMode[] {
  const named = capabilities?.["modes"];
  const all = Object.keys(MODE_WORDS) as DestinationMode[];
  return Array.isArray(named) ? all.filter((mode) => named.includes(mode)) : all;
}
