import { Columns3 } from "lucide-react";
import { Badge } from "../controls/badge.tsx";
import { Button } from "../controls/button.tsx";
import { MODE_WORDS, possibleModes, usualMode, type DestinationMode } from "./stream-modes.ts";
import styles from "./stream-row.module.css";
import { isReadable, type StreamChoice } from "./stream-selection.ts";
import type { OfferedStream } from "./stream.ts";

/** One stream of the picker: whether it is moved, how, and which of its fields; or why it cannot be. */
export function StreamRow(props: StreamRowProps) {
  const { stream, choice, modes, isDisabled, tabIndex, onToggle, onChoose, onFields } = props;
  const { name, reason, fields, parent } = stream;
  const canRead = isReadable(stream);
  const fieldWords =
    choice?.fields === undefined ? `${fields.length} fields` : `${choice.fields.length} of ${fields.length} fields`;
  return (
    <div className={styles.stream}>
      <label className={styles.choice}>
        <input
          type="checkbox"
          tabIndex={tabIndex}
          checked={choice !== undefined}
          disabled={isDisabled || !canRead}
          onChange={({ target }) => onToggle(target.checked)}
        />
        <span className={styles.words}>
          <span className={styles.name}>{name}</span>
          {canRead ? (
            parent === undefined ? null : (
              <span className={styles.note}>inside {parent}</span>
            )
          ) : (
            <span className={styles.reason}>{reason ?? "The source may not read it."}</span>
          )}
        </span>
      </label>
      {canRead ? null : <Badge tone={stream.access === "denied" ? "bad" : "idle"}>{ACCESS_WORDS[stream.access]}</Badge>}
      {choice === undefined ? null : (
        <div className={styles.controls}>
          {fields.length === 0 ? null : (
            <Button
              variant="quiet"
              icon={Columns3}
              tabIndex={tabIndex}
              disabled={isDisabled}
              onClick={onFields}
              aria-label={`${fieldWords} of ${name}`}
            >
              {fieldWords}
            </Button>
          )}
          <select
            aria-label={`How ${name} becomes rows`}
            className={styles.mode}
            tabIndex={tabIndex}
            disabled={isDisabled}
            value={choice.mode ?? usualMode(stream, modes)}
            onChange={({ target }) => onChoose({ ...choice, mode: target.value as DestinationMode })}
          >
            {possibleModes(stream, modes).map((mode) => (
              <option key={mode} value={mode}>
                {MODE_WORDS[mode]}
              </option>
            ))}
          </select>
        </div>
      )}
    </div>
  );
}

export const ACCESS_WORDS: Record<OfferedStream["access"], string> = {
  granted: "readable",
  denied: "access denied",
  unavailable: "not in this account",
};

export type StreamRowProps = {
  stream: OfferedStream;
  /** Undefined while it is not selected. */
  choice: StreamChoice | undefined;
  modes: readonly DestinationMode[];
  isDisabled: boolean;
  /** Of its controls. */
  tabIndex: number;
  onToggle: (isSelected: boolean) => void;
  onChoose: (choice: StreamChoice) => void;
  onFields: () => void;
};
