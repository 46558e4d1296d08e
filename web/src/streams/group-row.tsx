import styles from "./stream-row.module.css";
import { WholeCheckbox } from "./whole-checkbox.tsx";
import { isReadable, type StreamSelection } from "./stream-selection.ts";
import type { OfferedStream } from "./stream.ts";

/** The heading of a group, which selects or leaves out all of it that is shown. */
export function GroupRow({ group, streams, selection, isDisabled, tabIndex, onToggle }: GroupRowProps) {
  const readable = streams.filter(isReadable);
  const count = readable.filter(({ name }) => selection.has(name)).length;
  return (
    <div className={styles.group}>
      <WholeCheckbox
        className={styles.choice}
        count={count}
        of={readable.length}
        isDisabled={isDisabled}
        tabIndex={tabIndex}
        onToggle={onToggle}
      >
        <span className={styles.heading}>{group}</span>
      </WholeCheckbox>
      <span className={styles.note}>
        {count} of {streams.length}
      </span>
    </div>
  );
}

export type GroupRowProps = {
  group: string;
  streams: readonly OfferedStream[];
  selection: StreamSelection;
  isDisabled: boolean;
  tabIndex: number;
  onToggle: (isSelected: boolean) => void;
};
