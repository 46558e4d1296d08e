import { Instant, useNowMs } from "../controls/instant.tsx";
import { runSteps } from "./run-steps.ts";
import type { Run } from "./run-words.ts";
import styles from "./run-timeline.module.css";

/** What happened to a run, in order: when it was asked for, its attempts, and its end. */
export function RunTimeline({ run }: { run: Run }) {
  const nowMs = useNowMs();
  return (
    <ol className={styles.steps} tabIndex={0} aria-label="What happened to the run">
      {runSteps(run, nowMs).map(({ key, at, title, note, isNow = false }) => (
        <li key={key} className={styles.step} data-now={isNow}>
          <span className={styles.title}>{title}</span>
          <span className={styles.at}>{at === null ? null : <Instant at={at} />}</span>
          {note === undefined ? null : <span className={styles.note}>{note}</span>}
        </li>
      ))}
    </ol>
  );
}
