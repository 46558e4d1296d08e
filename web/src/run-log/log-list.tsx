import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useId, useLayoutEffect, useRef, type KeyboardEvent } from "react";
import type { LogLine } from "../runs/watched-run.ts";
import styles from "./log-list.module.css";
import { LogRow } from "./log-row.tsx";

const ROW_PX = 22;
const OVERSCAN = 20;
const NEAR_END_PX = 3 * ROW_PX;

/**
 * Lines of a log, of which only those in sight are drawn. It follows its end while `isFollowing`; who scrolls up leaves
 * that, who comes to the end goes on with it. One line is chosen, by a click or the arrow keys.
 */
export function LogList({ lines, chosen, empty, isFollowing, onChoose, onFollow, onEnd }: LogListProps) {
  const box = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);
  const id = useId();
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
  });
  const index = chosen === undefined ? -1 : indexOfNumber(lines, chosen);
  useLayoutEffect(() => {
    if (isFollowing && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [isFollowing, lines]);
  useEffect(() => {
    if (index >= 0) virtual.scrollToIndex(index, { align: "auto" });
    // only when another line was chosen: new lines must not take the reader back to it
    // oxlint-disable-next-line react/exhaustive-deps
  }, [chosen]);
  const onScroll = () => {
    const { scrollTop = 0, scrollHeight = 0, clientHeight = 0 } = box.current ?? {};
    const isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    if (isAtEnd) onEnd();
    if (scrollTop < lastTop.current - 1 && !isAtEnd) onFollow(false);
    else if (isAtEnd && scrollTop > lastTop.current) onFollow(true);
    lastTop.current = scrollTop;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = indexAfterKey(event.key, { index, count: lines.length, page: pageOf(box.current) });
    const line = next === undefined ? undefined : lines[next];
    if (line === undefined) return;
    event.preventDefault();
    onFollow(false);
    onChoose(line.number);
  };
  return (
    <div
      ref={box}
      className={styles.box}
      role="listbox"
      aria-label="Lines of the log"
      aria-activedescendant={index < 0 ? undefined : `${id}-${chosen}`}
      tabIndex={0}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
    >
      {lines.length === 0 ? <p className={styles.none}>{empty}</p> : null}
      <div className={styles.lines} style={{ height: virtual.getTotalSize() }} role="presentation">
        {virtual.getVirtualItems().map(({ key, index: at, start }) => {
          const line = lines[at];
          if (line === undefined) return null;
          return (
            <LogRow
              key={key}
              id={`${id}-${line.number}`}
              line={line}
              top={start}
              place={{ position: at + 1, of: lines.length }}
              isChosen={line.number === chosen}
              onChoose={onChoose}
            />
          );
        })}
      </div>
    </div>
  );
}

export type LogListProps = {
  /** By their numbers. */
  lines: readonly LogLine[];
  /** The number of the chosen line. */
  chosen: number | undefined;
  /** Said where there is no line. */
  empty: string;
  isFollowing: boolean;
  onChoose: (number: number) => void;
  onFollow: (isFollowing: boolean) => void;
  /** The last lines are in sight. */
  onEnd: () => void;
};

/** Yields where the line of a number is, -1 for one that is not there; lines are sorted by number. */
function indexOfNumber(lines: readonly LogLine[], number: number): number {
  let [from, to] = [0, lines.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((lines[middle]?.number ?? Infinity) < number) from = middle + 1;
    else to = middle;
  }
  return lines[from]?.number === number ? from : -1;
}

function pageOf(box: HTMLElement | null): number {
  return Math.max(1, Math.floor((box?.clientHeight ?? 0) / ROW_PX) - 1);
}

type Place = { index: number; count: number; page: number };

function indexAfterKey(key: string, { index, count, page }: Place): number | undefined {
  const moves: Record<string, number> = {
    ArrowDown: index + 1,
    ArrowUp: index < 0 ? count - 1 : index - 1,
    PageDown: index + page,
    PageUp: index - page,
    Home: 0,
    End: count - 1,
  };
  const wanted = moves[key];
  return wanted === undefined ? undefined : Math.min(Math.max(wanted, 0), count - 1);
}
