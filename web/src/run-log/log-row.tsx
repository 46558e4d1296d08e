import { memo, type KeyboardEvent } from "react";
import type { LogLine } from "../runs/watched-run.ts";
import { exactInstant } from "../controls/instant-words.ts";
import { LEVEL_TONES } from "./log-levels.ts";
import styles from "./log-list.module.css";

const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  hourCycle: "h23",
});

/** A line of a log in one row, however long it is. */
export function LogRow({ line, isChosen, isReachable, onChoose, onKeyDown }: LogRowProps) {
  return (
    <button
      type="button"
      className={styles.line}
      data-number={line.number}
      data-tone={LEVEL_TONES[line.level]}
      aria-current={isChosen}
      tabIndex={isReachable ? 0 : -1}
      onClick={() => onChoose(line.number)}
      onKeyDown={onKeyDown}
    >
      <LineWords line={line} />
    </button>
  );
}

export type LogRowProps = {
  line: LogLine;
  isChosen: boolean;
  /** Whether the tab key leads to it. */
  isReachable: boolean;
  onChoose: (number: number) => void;
  onKeyDown: (event: KeyboardEvent) => void;
};

const LineWords = memo(function LineWords({ line }: { line: LogLine }) {
  const { logged_at: at, level, side, stream, message } = line;
  return (
    <>
      <time dateTime={at} title={exactInstant(at)}>
        {clock.format(new Date(at))}
      </time>
      <span className={styles.level}>{level}</span>
      <span className={styles.side}>{stream ?? side}</span>
      <span className={styles.message}>{message}</span>
    </>
  );
});
