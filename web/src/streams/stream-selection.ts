import type { Schemas } from "../api/client.ts";
import { syncModeFor, usualMode, type DestinationMode } from "./stream-modes.ts";
import type { OfferedStream } from "./stream.ts";

/** What was chosen for a stream; what is left out is as usual. */
export type StreamChoice = { mode?: DestinationMode; fields?: readonly string[] };

/** The streams that are moved, by name. */
export type StreamSelection = ReadonlyMap<string, StreamChoice>;

type Settings = NonNullable<Schemas["Pipeline"]["settings"]>;

/** Yields the selection of everything that may be read. */
export function everything(streams: readonly OfferedStream[]): StreamSelection {
  return new Map(streams.filter(isReadable).map(({ name }) => [name, {}]));
}

export function isReadable({ access }: OfferedStream): boolean {
  return access === "granted";
}

/** Yields a selection with some streams in it or out of it; those that may not be read stay out. */
export function withStreams(
  selection: StreamSelection,
  streams: readonly OfferedStream[],
  isSelected: boolean,
): StreamSelection {
  const changed = new Map(selection);
  for (const stream of streams) {
    if (!isSelected) changed.delete(stream.name);
    else if (isReadable(stream) && !changed.has(stream.name)) changed.set(stream.name, {});
  }
  return changed;
}

/** Yields a selection in which one stream, which is in it, is moved in another way. */
export function withChoice(selection: StreamSelection, name: string, choice: StreamChoice): StreamSelection {
  return new Map(selection).set(name, choice);
}

/**
 * Yields the `streams` of a pipeline's settings. Everything as usual is left out, so that streams that the source adds
 * later come, too; everything with some streams in another way is "*" and then these, since the last choice counts.
 */
export function selectionSettings(
  selection: StreamSelection,
  streams: readonly OfferedStream[],
  modes: readonly DestinationMode[],
): Settings {
  const chosen = streams.filter(({ name }) => selection.has(name));
  const isAll = chosen.length === streams.filter(isReadable).length;
  const entries = chosen.map((stream) => entryOf(stream, selection.get(stream.name) ?? {}, modes));
  const special = entries.filter((entry) => typeof entry === "object");
  if (!isAll) return { streams: entries };
  return special.length === 0 ? {} : { streams: ["*", ...special] };
}

function entryOf(stream: OfferedStream, { mode, fields }: StreamChoice, modes: readonly DestinationMode[]) {
  const isUsual = mode === undefined || mode === usualMode(stream, modes);
  if (isUsual && fields === undefined) return stream.name;
  return {
    name: stream.name,
    ...(isUsual ? {} : { sync_mode: syncModeFor(mode, stream), destination_mode: mode }),
    ...(fields === undefined ? {} : { fields: [...fields] }),
  };
}
