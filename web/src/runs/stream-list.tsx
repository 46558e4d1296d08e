import { RotateCw } from "lucide-react";
import { Badge } from "../controls/badge.tsx";
import { IconButton } from "../controls/icon-button.tsx";
import { count, shortCount } from "../controls/number-words.ts";
import { useRowKeys } from "../controls/row-keys.ts";
import type { StreamFigures } from "./run-figures.ts";
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

function Bar({ stream: { name, status, read, committed } }: { stream: StreamFigures }) {
  const share = read === 0 ? (status === "complete" ? 1 : 0) : Math.min(1, committed / read);
  return (
    <progress
      className={styles.bar}
      data-tone={streamTone(status)}
      aria-label={`Stored of what was read of ${name}`}
      max={1}
      value={share}
    />
  );
}

function Figures({ stream, isLive }: { stream: StreamFigures; isLive: boolean }) {
  const { read, committed, rejected, rowsPerSecond, rangesDone } = stream;
  const words = [
    `${shortCount(committed)} of ${shortCount(read)}`,
    rangesDone === undefined ? [] : `${count(rangesDone)} parts done`,
    isLive && rowsPerSecond > 0 ? `${shortCount(rowsPerSecond)}/s` : [],
  ].flat();
  return (
    <span className={styles.figures} title={`${count(committed)} of ${count(read)} records`}>
      <span>{words.join(" · ")}</span>
      {rejected === 0 ? null : <span className={styles.rejected}>{count(rejected)} rejected</span>}
    </span>
  );
}
