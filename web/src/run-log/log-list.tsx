import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, type KeyboardEvent } from "react";
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
  const index = chosen === undefined ? -1 : indexOfNumber(lines, chosen.number);
  // one row can be reached by the tab key, and stays while it is out of sight, so that the focus does
  const reachable = index < 0 ? lines.length - 1 : index;
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
    rangeExtractor: (range) => [...new Set([...defaultRangeExtractor(range), Math.max(0, reachable)])],
  });
  useLayoutEffect(() => {
    if (isFollowing && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [isFollowing, lines]);
  const goTo = useRef<(line: ChosenLine | undefined) => void>(undefined);
  goTo.current = (line) => {
    if (line === undefined || index < 0) return;
    virtual.scrollToIndex(index, { align: "auto" });
    if (box.current?.contains(document.activeElement) === true)
      rowOf(box.current, line.number)?.focus({ preventScroll: true });
  };
  const isThere = index >= 0;
  // only when a line was chosen, or has come at last: new lines must not take the reader back to it
  useEffect(() => {
    if (isThere) goTo.current?.(chosen);
  }, [chosen, isThere]);
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
    <div ref={box} className={styles.box} onScroll={onScroll}>
      {lines.length === 0 ? <p className={styles.none}>{empty}</p> : null}
      <ol className={styles.lines} style={{ height: virtual.getTotalSize() }} aria-label="Lines of the log">
        {virtual.getVirtualItems().map(({ key, index: at, start }) => {
          const line = lines[at];
          if (line === undefined) return null;
          return (
            <li
              key={key}
              className={styles.place}
              style={{ transform: `translateY(${start}px)` }}
              aria-posinset={at + 1}
              aria-setsize={lines.length}
            >
              <LogRow
                line={line}
                isChosen={at === index}
                isReachable={at === reachable}
                onChoose={onChoose}
                onKeyDown={onKeyDown}
              />
            </li>
          );
        })}
      </ol>
    </div>
  );
}

/** The line that is chosen, by its number; another object each time that one is, so that it comes into sight again. */
export type ChosenLine = { number: number };

export type LogListProps = {
  /** By their numbers. */
  lines: readonly LogLine[];
  chosen: ChosenLine | undefined;
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

function rowOf(box: HTMLElement | null, number: number): HTMLElement | null {
  return box?.querySelector<HTMLElement>(`[data-number="${number}"]`) ?? null;
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
