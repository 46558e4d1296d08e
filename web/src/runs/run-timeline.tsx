import type { ReactNode } from "react";
import { Instant, useNowMs } from "../controls/instant.tsx";
import { durationInWords } from "../controls/instant-words.ts";
import { optionWords, reasonWords, runLengthMs, type Run } from "./run-words.ts";
import { summaryOf } from "./run-figures.ts";
import styles from "./run-timeline.module.css";

type Step = { key: string; at: string | null; title: string; note?: ReactNode; isNow?: boolean };

/** What happened to a run, in order: when it was asked for, its attempts, and its end. */
export function RunTimeline({ run }: { run: Run }) {
  const nowMs = useNowMs();
  return (
    <ol className={styles.steps}>
      {stepsOf(run, nowMs).map(({ key, at, title, note, isNow = false }) => (
        <li key={key} className={styles.step} data-now={isNow}>
          <span className={styles.title}>{title}</span>
          <span className={styles.at}>{at === null ? null : <Instant at={at} />}</span>
          {note === undefined ? null : <span className={styles.note}>{note}</span>}
        </li>
      ))}
    </ol>
  );
}

function stepsOf(run: Run, nowMs: number): Step[] {
  const { created_at: madeAt, started_at: beganAt, ended_at: endedAt, cancel_requested_at: cancelledAt } = run;
  const asked = [reasonWords(run), optionWords(run)].filter((each) => each !== undefined).join("; ");
  const steps: Step[] = [{ key: "asked", at: madeAt, title: "Asked for", note: asked }];
  if (beganAt !== null) {
    const waitedMs = Date.parse(beganAt) - Date.parse(madeAt);
    const by = run.worker === null ? "" : `, on ${run.worker}`;
    steps.push({ key: "began", at: beganAt, title: "Began", note: `after ${durationInWords(waitedMs)}${by}` });
  }
  const attempts = attemptWords(run);
  if (attempts !== undefined) steps.push({ key: "attempts", at: run.not_before, title: "Attempts", note: attempts });
  if (cancelledAt !== null) steps.push({ key: "cancelled", at: cancelledAt, title: "Asked to end" });
  const length = runLengthMs(run, nowMs);
  if (endedAt !== null)
    return [
      ...steps,
      {
        key: "ended",
        at: endedAt,
        title: "Ended",
        note: length === undefined ? run.status : `${run.status}, after ${durationInWords(length)}`,
      },
    ];
  return [...steps, { key: "now", at: null, title: beganAt === null ? "Waiting" : "Moving records", isNow: true }];
}

/** A worker begins a run again after a failure that may pass, and within one attempt the runner does, too. */
function attemptWords(run: Run): string | undefined {
  const inside = summaryOf(run)?.attempts ?? 1;
  const words = [
    run.failed_attempts === 0 ? [] : [`${run.failed_attempts} failed before`],
    inside > 1 ? [`${inside} tries in the last one`] : [],
  ].flat();
  return words.length === 0 ? undefined : words.join("; ");
}
