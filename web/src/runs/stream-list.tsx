import { RotateCw } from "lucide-react";
import { Badge } from "../controls/badge.tsx";
import { IconButton } from "../controls/icon-button.tsx";
import { useNowMs } from "../controls/instant.tsx";
import { count, shortCount } from "../controls/number-words.ts";
import { useRowKeys } from "../controls/row-keys.ts";
import { storedShare, storedWords, type StreamFigures } from "./run-figures.ts";
import { streamTone } from "./run-words.ts";
import styles from "./stream-list.module.css";

/** What a run moves, stream by stream: how much of what was read is stored, and how fast it goes. */
export function StreamList({ streams, isLive, none, onRerun }: StreamListProps) {
  const { box, handlers, tabIndexOf } = useRowKeys<HTMLUListElement>(streams.length);
  if (streams.length === 0) return <p className={styles.none}>{none}</p>;
  return (
    <ul ref={box} className={styles.streams} aria-label="Streams of the run" {...handlers}>
      {streams.map((stream, index) => (
        <li
          key={stream.name}
          className={styles.stream}
          data-row={index}
          // one stop of the tab key is in the list: what can be done with a row, else the row
          tabIndex={onRerun === undefined ? tabIndexOf(index) : -1}
        >
          <span className={styles.name} title={stream.name}>
            {stream.name}
          </span>
          <Bar stream={stream} />
          <Figures stream={stream} isLive={isLive} />
          <span title={stream.reason}>
            <Badge tone={streamTone(stream.status)}>{stream.status}</Badge>
          </span>
          {onRerun === undefined ? null : (
            <IconButton
              className={styles.rerun}
              icon={RotateCw}
              label={`Run ${stream.name} again…`}
              tabIndex={tabIndexOf(index)}
              onClick={() => onRerun(stream.name)}
            />
          )}
        </li>
      ))}
    </ul>
  );
}

export type StreamListProps = {
  streams: readonly StreamFigures[];
  isLive: boolean;
  /** Said where there is no stream. */
  none: string;
  /** Asked for by the name of a stream; undefined for whoever may not. */
  onRerun: ((stream: string) => void) | undefined;
};

function Bar({ stream }: { stream: StreamFigures }) {
  const { name, status, estimate } = stream;
  const all = estimate === undefined ? "what was read" : "about as much as was read before";
  return (
    <progress
      className={styles.bar}
      data-tone={streamTone(status)}
      aria-label={`Stored of ${all} of ${name}`}
      max={1}
      value={storedShare(stream)}
    />
  );
}

function Figures({ stream, isLive }: { stream: StreamFigures; isLive: boolean }) {
  const { read, stored, rejected, rowsPerSecond, rangesDone, estimate } = stream;
  const nowMs = useNowMs();
  const words = [
    storedWords(stream, nowMs),
    rangesDone === undefined ? [] : `${count(rangesDone)} parts done`,
    isLive && rowsPerSecond > 0 ? `${shortCount(rowsPerSecond)}/s` : [],
  ].flat();
  const guess = estimate === undefined ? "" : `; about ${count(estimate.rows_about)} in all, as in a run before`;
  const pace = isLive && rowsPerSecond > 0 ? `, ${count(rowsPerSecond)} a second` : "";
  return (
    <span className={styles.figures} title={`${count(stored)} of ${count(read)} records that were read${pace}${guess}`}>
      {words.map((word, index) => (
        <span key={word}>{index === 0 ? word : `· ${word}`}</span>
      ))}
      {rejected === 0 ? null : <span className={styles.rejected}>{count(rejected)} rejected</span>}
    </span>
  );
}
