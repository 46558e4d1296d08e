import type { Schemas } from "../api/client.ts";
import { syncModeFor, type DestinationMode } from "./stream-modes.ts";
import { everything, isReadable, type StreamChoice, type StreamSelection } from "./stream-selection.ts";
import type { OfferedStream } from "./stream.ts";

type Settings = Schemas["Pipeline"]["settings"];
type Entry =
  | string
  | {
      name: string;
      sync_mode?: string;
      destination_mode?: DestinationMode;
      fields?: string[];
      [other: string]: unknown;
    };

/**
 * Yields what a pipeline's settings choose of the streams that are offered; undefined when they say what the picker cannot,
 * such as a pattern, a limit, or a stream that is not offered, so that nothing of it is lost by a change.
 */
export function storedSelection({ streams }: Settings, offered: readonly OfferedStream[]): StreamSelection | undefined {
  if (streams === undefined) return everything(offered);
  const selection = new Map<string, StreamChoice>();
  for (const entry of streams as Entry[]) {
    if (entry === "*") for (const [name, choice] of everything(offered)) selection.set(name, choice);
    else {
      const name = typeof entry === "string" ? entry : entry.name;
      const stream = offered.find((each) => each.name === name);
      const choice = typeof entry === "string" ? {} : choiceOf(entry, stream);
      if (stream === undefined || !isReadable(stream) || choice === undefined) return undefined;
      selection.set(name, choice);
    }
  }
  return selection;
}

function choiceOf(entry: Exclude<Entry, string>, stream: OfferedStream | undefined): StreamChoice | undefined {
  const { name: _, sync_mode: sync, destination_mode: mode, fields, ...others } = entry;
  if (stream === undefined || Object.keys(others).length > 0) return undefined;
  // the picker chooses both modes together
  if (sync !== (mode === undefined ? undefined : syncModeFor(mode, stream))) return undefined;
  return { ...(mode === undefined ? {} : { mode }), ...(fields === undefined ? {} : { fields }) };
}
