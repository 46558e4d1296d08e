import type { StreamSelection } from "./stream-selection.ts";
import { OTHERS, type OfferedStream } from "./stream.ts";

export type PickerFilter = { text: string; show: "all" | "selected" | "denied" };

export type PickerRow =
  | { type: "group"; key: string; group: string; streams: readonly OfferedStream[] }
  | { type: "stream"; key: string; stream: OfferedStream };

/** Yields what the picker lists: each group that has something left to show, its streams behind it, the odd ones last. */
export function pickerRows(
  streams: readonly OfferedStream[],
  { text, show }: PickerFilter,
  selection: StreamSelection,
): PickerRow[] {
  const words = text
    .toLowerCase()
    .split(/[\s_]+/)
    .filter((word) => word !== "");
  const isShown = ({ name, access }: OfferedStream) =>
    words.every((word) => name.toLowerCase().includes(word)) &&
    (show === "all" || (show === "selected" ? selection.has(name) : access !== "granted"));
  const groups = [...Map.groupBy(streams.filter(isShown), ({ group }) => group)];
  const inOrder = groups.toSorted(([one], [other]) => Number(one === OTHERS) - Number(other === OTHERS));
  return inOrder.flatMap(([group, members]): PickerRow[] => [
    { type: "group", key: `group ${group}`, group, streams: members },
    ...members.map((stream): PickerRow => ({ type: "stream", key: stream.name, stream })),
  ]);
}
