import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useState } from "react";
import { useRowKeys } from "../controls/row-keys.ts";
import { SearchField } from "../controls/search-field.tsx";
import { FieldsDialog } from "./fields-dialog.tsx";
import { GroupRow } from "./group-row.tsx";
import { pickerRows, type PickerFilter } from "./picker-rows.ts";
import type { DestinationMode } from "./stream-modes.ts";
import styles from "./stream-picker.module.css";
import { StreamRow } from "./stream-row.tsx";
import { isReadable, withChoice, withStreams, type StreamSelection } from "./stream-selection.ts";
import { WholeCheckbox } from "./whole-checkbox.tsx";
import type { OfferedStream } from "./stream.ts";

const ROW_PX = 52;
const OVERSCAN = 8;

/** Chooses streams out of hundreds: by search, by group, with a mode and fields for each. Only what is seen is drawn, and the row that keys act on. */
export function StreamPicker({ streams, selection, modes, isDisabled = false, onChange }: StreamPickerProps) {
  const [filter, setFilter] = useState<PickerFilter>({ text: "", show: "all" });
  // what was selected when the filter was chosen stays in sight, and keeps the focus, when it is left out again
  const [sought, setSought] = useState(selection);
  const narrow = (changed: PickerFilter) => {
    setFilter(changed);
    setSought(selection);
  };
  const [asked, setAsked] = useState<OfferedStream>();
  const rows = useMemo(() => pickerRows(streams, filter, sought), [streams, filter, sought]);
  const { box, active, handlers, tabIndexOf } = useRowKeys<HTMLDivElement>(rows.length);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), active])].toSorted((one, other) => one - other),
    getItemKey: (index) => rows[index]?.key ?? index,
  });
  const readable = streams.filter(isReadable).length;
  const shown = rows.flatMap((row) => (row.type === "stream" && isReadable(row.stream) ? [row.stream] : []));
  return (
    <div className={styles.picker}>
      <div className={styles.bar}>
        <SearchField label="Search streams" value={filter.text} onChange={(text) => narrow({ ...filter, text })} />
        <select
          aria-label="Which streams are shown"
          className={styles.show}
          value={filter.show}
          onChange={({ target }) => narrow({ ...filter, show: target.value as PickerFilter["show"] })}
        >
          <option value="all">All streams</option>
          <option value="selected">Selected</option>
          <option value="denied">Without access</option>
        </select>
        <WholeCheckbox
          className={styles.all}
          count={shown.filter(({ name }) => selection.has(name)).length}
          of={shown.length}
          isDisabled={isDisabled}
          onToggle={(isSelected) => onChange(withStreams(selection, shown, isSelected))}
        >
          All of what is shown
        </WholeCheckbox>
        <output className={styles.count}>
          {selection.size} of {readable} selected
        </output>
      </div>
      <div ref={box} className={styles.box} tabIndex={0} role="group" aria-label="Streams" {...handlers}>
        {rows.length === 0 ? <p className={styles.none}>No stream matches. Clear the search to see all.</p> : null}
        <ul style={{ height: virtual.getTotalSize() }} className={styles.rows}>
          {virtual.getVirtualItems().map(({ key, index, start }) => {
            const row = rows[index];
            if (row === undefined) return null;
            return (
              <li
                key={key}
                ref={virtual.measureElement}
                data-index={index}
                data-row={index}
                tabIndex={-1}
                aria-setsize={rows.length}
                aria-posinset={index + 1}
                className={styles.row}
                style={{ transform: `translateY(${start}px)` }}
              >
                {row.type === "group" ? (
                  <GroupRow
                    group={row.group}
                    streams={row.streams}
                    selection={selection}
                    isDisabled={isDisabled}
                    tabIndex={tabIndexOf(index)}
                    onToggle={(isSelected) => onChange(withStreams(selection, row.streams, isSelected))}
                  />
                ) : (
                  <StreamRow
                    stream={row.stream}
                    choice={selection.get(row.stream.name)}
                    modes={modes}
                    isDisabled={isDisabled}
                    tabIndex={tabIndexOf(index)}
                    onToggle={(isSelected) => onChange(withStreams(selection, [row.stream], isSelected))}
                    onChoose={(choice) => onChange(withChoice(selection, row.stream.name, choice))}
                    onFields={() => setAsked(row.stream)}
                  />
                )}
              </li>
            );
          })}
        </ul>
      </div>
      {asked === undefined ? null : (
        <FieldsDialog
          stream={asked}
          chosen={selection.get(asked.name)?.fields}
          onClose={() => setAsked(undefined)}
          onChoose={(fields) => {
            const { fields: _, ...rest } = selection.get(asked.name) ?? {};
            onChange(withChoice(selection, asked.name, { ...rest, ...(fields === undefined ? {} : { fields }) }));
            setAsked(undefined);
          }}
        />
      )}
    </div>
  );
}

export type StreamPickerProps = {
  streams: readonly OfferedStream[];
  selection: StreamSelection;
  /** What the destination can do. */
  modes: readonly DestinationMode[];
  /** For whom may look only. */
  isDisabled?: boolean;
  onChange: (selection: StreamSelection) => void;
};
