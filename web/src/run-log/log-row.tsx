import { memo } from "react";
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
export const LogRow = memo(function LogRow({ id, line, top, place, isChosen, onChoose }: LogRowProps) {
  const { number, logged_at: at, level, side, stream, message } = line;
  return (
    <div
      id={id}
      className={styles.line}
      role="option"
      aria-selected={isChosen}
      aria-posinset={place.position}
      aria-setsize={place.of}
      data-tone={LEVEL_TONES[level]}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onChoose(number)}
    >
      <time dateTime={at} title={exactInstant(at)}>
        {clock.format(new Date(at))}
      </time>
      <span className={styles.level}>{level}</span>
      <span className={styles.side}>{stream ?? side}</span>
      <span className={styles.message}>{message}</span>
    </div>
  );
});

export type LogRowProps = {
  id: string;
  line: LogLine;
  /** Where it stands, in pixels from the first line. */
  top: number;
  place: { position: number; of: number };
  isChosen: boolean;
  onChoose: (number: number) => void;
};
