import { useState } from "react";
import { Button } from "../controls/button.tsx";
import { Card } from "../controls/card.tsx";
import { Instant } from "../controls/instant.tsx";
import { Select } from "../controls/select.tsx";
import { TextDiff } from "../controls/text-diff.tsx";
import { indented } from "./json-text.ts";
import { committedAt, type ShownState } from "./state-entry.ts";
import styles from "./state-detail.module.css";

/** The states of the past, the newest first; each opens to what is different from now, or from the one before it. */
export function StateHistory({ past, now, onRestore }: StateHistoryProps) {
  const [against, setAgainst] = useState<"before" | "now">("before");
  return (
    <Card
      title="History"
      isFlush
      actions={
        <Select
          label="Compare with"
          value={against}
          onChange={({ target }) => setAgainst(target.value as "before" | "now")}
        >
          <option value="before">Compared with the one before</option>
          <option value="now">Compared with now</option>
        </Select>
      }
    >
      {past === undefined ? (
        <p className={styles.none}>Loading the history…</p>
      ) : past.length === 0 ? (
        <p className={styles.none}>Nothing of the past is kept of it.</p>
      ) : (
        <ol className={styles.entries}>
          {past.map((state, index) => {
            const older = past[index + 1];
            const text = indented(state.line);
            const at = committedAt(state);
            return (
              <li key={past.length - index} className={styles.entry}>
                <details>
                  <summary>{at === undefined ? "At an unknown time" : <Instant at={at} />}</summary>
                  <div className={styles.difference}>
                    <TextDiff
                      label="What is different"
                      before={against === "before" ? (older === undefined ? "" : indented(older.line)) : text}
                      after={against === "before" ? text : indented(now.line)}
                    />
                    {onRestore === undefined ? null : (
                      <Button onClick={() => onRestore(state)}>Go back to this one…</Button>
                    )}
                  </div>
                </details>
              </li>
            );
          })}
        </ol>
      )}
    </Card>
  );
}

export type StateHistoryProps = {
  /** The newest first; undefined until it is known. */
  past: readonly ShownState[] | undefined;
  now: ShownState;
  onRestore: ((state: ShownState) => void) | undefined;
};
