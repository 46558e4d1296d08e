import { useEffect, useRef } from "react";
import styles from "./stream-row.module.css";
import { isReadable, type StreamSelection } from "./stream-selection.ts";
import type { OfferedStream } from "./stream.ts";

/** The heading of a group, which selects or leaves out all of it that is shown. */
export function GroupRow({ group, streams, selection, onToggle }: GroupRowProps) {
  const box = useRef<HTMLInputElement>(null);
  const readable = streams.filter(isReadable);
  const count = readable.filter(({ name }) => selection.has(name)).length;
  const isSome = count > 0 && count < readable.length;
  useEffect(() => {
    if (box.current !== null) box.current.indeterminate = isSome;
  }, [isSome]);
  return (
    <div className={styles.group}>
      <label className={styles.choice}>
        <input
          ref={box}
          type="checkbox"
          checked={readable.length > 0 && count === readable.length}
          disabled={readable.length === 0}
          onChange={({ target }) => onToggle(target.checked)}
        />
        <span className={styles.heading}>{group}</span>
      </label>
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
  onToggle: (isSelected: boolean) => void;
};
