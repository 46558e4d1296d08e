import {
  CircleAlert,
  CircleCheck,
  CirclePause,
  Clock,
  LoaderCircle,
  TriangleAlert,
  type LucideIcon,
} from "lucide-react";
import type { ReactNode } from "react";
import { Badge, type Tone } from "../controls/badge.tsx";
import { Instant, useNowMs, useSecondMs } from "../controls/instant.tsx";
import { durationInWords } from "../controls/instant-words.ts";
import { remedyOf } from "../api/problem.ts";
import { failureTitle } from "./failure-words.ts";
import { RepairLink } from "./repair-link.tsx";
import { streamFigures, summaryOf, totalsOf, type RunSummary } from "./run-figures.ts";
import styles from "./run-banner.module.css";
import { count } from "../controls/number-words.ts";
import { runLengthMs, STATUS_TONES, type Run, type RunStatus } from "./run-words.ts";

const ICONS: Record<RunStatus, LucideIcon> = {
  queued: Clock,
  running: LoaderCircle,
  succeeded: CircleCheck,
  partial: TriangleAlert,
  stopped: CirclePause,
  failed: CircleAlert,
};

/**
 * How a run is, at the top of its page: the exact failure, its type and what to do, or how far it is. With room it is as high
 * while a run goes on as with a failure of some lines, so that nothing below moves when it ends.
 */
export function RunBanner({ run, hasRoom }: { run: Run; hasRoom: boolean }) {
  const Icon = ICONS[run.status];
  const { tone, title, words } = told(run);
  const failure = summaryOf(run)?.failure ?? undefined;
  return (
    <section className={styles.banner} data-tone={tone} data-room={hasRoom} aria-label="How the run is">
      <Icon size={20} aria-hidden />
      <div className={styles.words}>
        <output className={styles.title}>
          <strong>{title}</strong>
          {failure === undefined || run.status === "running" ? null : (
            <Badge tone={tone}>
              {failure.failure_type} · {failure.side}
            </Badge>
          )}
        </output>
        {words}
        {failure === undefined ? null : <FailureDetail failure={failure} />}
      </div>
      {run.status === "failed" && failure !== undefined ? (
        <RepairLink pipelineId={run.pipeline_id} side={failure.side} failureType={failure.failure_type} />
      ) : null}
    </section>
  );
}

type Told = { tone: Tone; title: string; words: ReactNode };

function told(run: Run): Told {
  const tone = STATUS_TONES[run.status];
  const summary = summaryOf(run);
  switch (run.status) {
    case "queued":
      return { tone, title: "Waiting to begin", words: <Waiting run={run} summary={summary} /> };
    case "running":
      return {
        tone,
        title: run.cancel_requested_at === null ? "Running" : "Stopping in order",
        words: <Moving run={run} />,
      };
    case "failed":
      return {
        tone,
        title: failureTitle(summary?.failure?.failure_type ?? ""),
        words: (
          <>
            <p className={styles.message}>
              {summary?.failure?.message ?? "It failed without a word; look at its log."}
            </p>
            <p>{remedyOf(summary?.failure?.failure_type ?? "")}</p>
          </>
        ),
      };
    case "stopped":
      return { tone, title: "Stopped", words: <p>What is committed stays; the next run goes on from there.</p> };
    case "partial":
      return { tone, title: "Not all streams are complete", words: <Incomplete run={run} /> };
    case "succeeded":
      return succeeded(run);
  }
}

function succeeded(run: Run): Told {
  const { stored, rejected } = totalsOf(streamFigures(run));
  const length = durationInWords(runLengthMs(run, Date.parse(run.ended_at ?? "")) ?? 0);
  if (rejected === 0)
    return {
      tone: "good",
      title: "Succeeded",
      words: (
        <p>
          {count(stored)} records were stored in {length}. Everything that the source sent is accounted for.
        </p>
      ),
    };
  return {
    tone: "warn",
    title: "Succeeded, but not every record could be stored",
    words: (
      <p>
        {count(stored)} records were stored in {length}; the destination rejected {count(rejected)}. The rest of what
        the source sent is accounted for.
      </p>
    ),
  };
}

function Waiting({ run, summary }: { run: Run; summary: RunSummary | undefined }) {
  const nowMs = useNowMs();
  const { waiting_because: why, not_before: from, failed_attempts: failed } = run;
  return (
    <>
      {failed === 0 || summary?.failure === undefined || summary.failure === null ? null : (
        <p className={styles.message}>
          Attempt {failed} failed: {summary.failure.message}
        </p>
      )}
      {from !== null && Date.parse(from) > nowMs ? (
        <p>
          The next attempt begins <Instant at={from} />.
        </p>
      ) : (
        <p>{why ?? "It begins as soon as a worker is free."}</p>
      )}
    </>
  );
}

function Moving({ run }: { run: Run }) {
  const { read, stored } = totalsOf(streamFigures(run));
  const lengthMs = runLengthMs(run, useSecondMs()) ?? 0;
  const words = [
    `${count(stored)} of ${count(read)} read records are stored`,
    lengthMs < 10_000 ? "" : `, after ${durationInWords(lengthMs)}`,
    run.failed_attempts === 0 ? "" : `; this is attempt ${run.failed_attempts + 1}`,
  ];
  return <p>{`${words.join("")}.`}</p>;
}

function Incomplete({ run }: { run: Run }) {
  const missed = streamFigures(run).filter(({ status }) => status !== "complete" && status !== "skipped");
  return (
    <>
      <ul className={styles.missed}>
        {missed.slice(0, 3).map(({ name, status, reason }) => (
          <li key={name}>
            <strong>{name}</strong> is {status}
            {reason === undefined ? "" : `: ${reason}`}
          </li>
        ))}
      </ul>
      <p>
        {missed.length > 3 ? `And ${missed.length - 3} more. ` : ""}The other streams are complete; a retry goes on with
        these.
      </p>
    </>
  );
}

function FailureDetail({ failure: { detail, stderr } }: { failure: NonNullable<RunSummary["failure"]> }) {
  if (detail === undefined && stderr === undefined) return null;
  return (
    <details className={styles.detail}>
      <summary>What the program said</summary>
      <pre tabIndex={0}>{[detail, stderr].filter((each) => each !== undefined).join("\n\n")}</pre>
    </details>
  );
}
