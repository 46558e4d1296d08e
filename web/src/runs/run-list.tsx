import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useRef } from "react";
import { Instant, useNowMs } from "../controls/instant.tsx";
import { durationInWords } from "../controls/instant-words.ts";
import { count } from "../controls/number-words.ts";
import { streamFigures, summaryOf, totalsOf } from "./run-figures.ts";
import styles from "./run-list.module.css";
import { RunStatusBadge } from "./run-status.tsx";
import { reasonWords, runLengthMs, type Run } from "./run-words.ts";

const ROW_PX = 52;
const OVERSCAN = 12;
const PREFETCH_ROWS = 40;

/** Runs, of which only those in sight are drawn; `onEnd` asks for more before the last one is reached. */
export function RunList({ runs, pipelineNames, hasMore, onEnd }: RunListProps) {
  const box = useRef<HTMLElement>(null);
  const nowMs = useNowMs();
  const virtual = useVirtualizer({
    count: runs.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => runs[index]?.id ?? index,
    overscan: OVERSCAN,
  });
  const rows = virtual.getVirtualItems();
  const isNearEnd = hasMore && (rows.at(-1)?.index ?? 0) >= runs.length - PREFETCH_ROWS;
  useEffect(() => {
    if (isNearEnd) onEnd();
  }, [isNearEnd, onEnd]);
  return (
    <section ref={box} className={styles.box} aria-label="Found runs" tabIndex={0}>
      <ul className={styles.rows} style={{ height: virtual.getTotalSize() }}>
        {rows.map(({ key, index, start }) => {
          const run = runs[index];
          if (run === undefined) return null;
          return (
            <li
              key={key}
              className={styles.row}
              style={{ transform: `translateY(${start}px)` }}
              aria-posinset={index + 1}
              aria-setsize={hasMore ? -1 : runs.length}
            >
              <RunRow
                run={run}
                nowMs={run.ended_at === null ? nowMs : 0}
                pipelineName={pipelineNames?.get(run.pipeline_id)}
              />
            </li>
          );
        })}
      </ul>
    </section>
  );
}

export type RunListProps = {
  runs: readonly Run[];
  /** Names of the pipelines by their ids; undefined where all runs are of one. */
  pipelineNames: ReadonlyMap<string, string> | undefined;
  hasMore: boolean;
  onEnd: () => void;
};

const RunRow = memo(function RunRow({
  run,
  nowMs,
  pipelineName,
}: {
  run: Run;
  nowMs: number;
  pipelineName: string | undefined;
}) {
  const { stored, rejected } = totalsOf(streamFigures(run));
  const lengthMs = runLengthMs(run, nowMs);
  const failure = run.status === "failed" ? summaryOf(run)?.failure?.message : run.waiting_because;
  return (
    <Link to="/runs/$runId" params={{ runId: run.id }} className={styles.link}>
      <span className={styles.status}>
        <RunStatusBadge run={run} />
      </span>
      <span className={styles.name}>
        <strong>Run {run.number}</strong>
        {pipelineName === undefined ? null : <span className={styles.pipeline}>{pipelineName}</span>}
      </span>
      <span className={styles.words} title={failure ?? undefined}>
        {failure ?? reasonWords(run)}
      </span>
      <span className={styles.figure}>
        {run.started_at === null ? null : `${count(stored)} stored`}
        {rejected === 0 ? null : <span className={styles.rejected}> {count(rejected)} rejected</span>}
      </span>
      <span className={styles.length}>{lengthMs === undefined ? "" : durationInWords(lengthMs)}</span>
      <span className={styles.at}>
        <Instant at={run.created_at} />
      </span>
    </Link>
  );
});
