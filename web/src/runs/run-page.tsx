import { Link, getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { api } from "../api/client.ts";
import { isLasting } from "../api/problem.ts";
import { PageHeader } from "../app/page-header.tsx";
import { Badge } from "../controls/badge.tsx";
import { Card } from "../controls/card.tsx";
import { Pending } from "../controls/pending.tsx";
import { LogCard } from "../run-log/log-card.tsx";
import { useMay } from "../session/session.ts";
import { RecordingCard } from "./recording-card.tsx";
import { RejectedCard } from "./rejected-card.tsx";
import { RerunDialog } from "./rerun-dialog.tsx";
import { RunActions } from "./run-actions.tsx";
import { RunBanner } from "./run-banner.tsx";
import { streamFigures, totalsOf } from "./run-figures.ts";
import styles from "./run-page.module.css";
import { RunStatusBadge } from "./run-status.tsx";
import { RunTimeline } from "./run-timeline.tsx";
import { noStreamWords, wasRecorded, type Run } from "./run-words.ts";
import { StreamList } from "./stream-list.tsx";
import { ThroughputCard } from "./throughput-card.tsx";
import { useWatchedRun } from "./use-watched-run.ts";

const route = getRouteApi("/runs/$runId");

/** A run, live while it goes on: how it is and why, what it moves and how fast, and what it says. */
export function RunPage() {
  const { runId } = route.useParams();
  const { data, error, refetch } = api.useQuery("get", "/v1/runs/{id}", { params: { path: { id: runId } } });
  if (data === undefined && isLasting(error))
    return (
      <>
        <PageHeader title="Run" above={<Link to="/runs">Runs</Link>} />
        <Pending what="the run" error={error} onRetry={() => void refetch()} />
      </>
    );
  return <WatchedRunPage key={runId} runId={runId} />;
}

function WatchedRunPage({ runId }: { runId: string }) {
  const asked = api.useQuery("get", "/v1/runs/{id}", { params: { path: { id: runId } } });
  const watched = useWatchedRun(runId);
  const mayRun = useMay("operator");
  const [wasLive, setWasLive] = useState(false);
  const [rerun, setRerun] = useState<{ stream: string | undefined }>();
  const run = newerOf(watched.run, asked.data);
  const streams = useMemo(() => (run === undefined ? [] : streamFigures(run)), [run]);
  const error = asked.error ?? watched.error;
  const retry = () => {
    void asked.refetch();
    if (watched.error !== null) watched.restart();
  };
  if (run === undefined || isLasting(error)) return <Pending what="the run" error={error} onRetry={retry} />;
  const isLive = run.ended_at === null;
  // what was seen going on keeps its room when it ends, so that nothing moves
  if (isLive && !wasLive) setWasLive(true);
  return (
    <>
      <PageHeader
        title={`Run ${run.number}`}
        above={<Belongings pipelineId={run.pipeline_id} />}
        note={
          <span className={styles.note}>
            <RunStatusBadge run={run} />
            {isLive && !watched.isConnected ? <Badge tone="warn">connection lost, trying again</Badge> : null}
          </span>
        }
        actions={
          <div className={styles.actions}>
            <RunActions run={run} onRerun={() => setRerun({ stream: undefined })} />
          </div>
        }
      />
      <RunBanner run={run} hasRoom={wasLive} />
      <div className={styles.parts} data-room={wasLive}>
        <div className={styles.streams}>
          <Card title="Streams" isFlush>
            <StreamList
              streams={streams}
              isLive={isLive}
              none={noStreamWords(run)}
              onRerun={mayRun && !isLive ? (stream) => setRerun({ stream }) : undefined}
            />
          </Card>
        </div>
        <ThroughputCard run={run} />
        <div className={styles.timeline}>
          <Card title="Timeline">
            <RunTimeline run={run} />
          </Card>
        </div>
      </div>
      <LogCard runId={runId} lines={watched.lines} firstError={watched.firstError} isLive={isLive} />
      {wasRecorded(run) ? <RecordingCard runId={runId} isLive={isLive} /> : null}
      {totalsOf(streams).rejected === 0 ? null : <RejectedCard runId={runId} isLive={isLive} />}
      {rerun === undefined ? null : (
        <RerunDialog
          pipelineId={run.pipeline_id}
          streams={streams.map(({ name }) => name)}
          stream={rerun.stream}
          onClose={() => setRerun(undefined)}
        />
      )}
    </>
  );
}

/** What is watched is newer, but comes behind the log; and nothing follows on an end. */
function newerOf(watched: Run | undefined, asked: Run | undefined): Run | undefined {
  return asked !== undefined && asked.ended_at !== null ? asked : (watched ?? asked);
}

function Belongings({ pipelineId }: { pipelineId: string }) {
  const { data } = api.useQuery("get", "/v1/pipelines/{id}", { params: { path: { id: pipelineId } } });
  // a line as high as with its words
  if (data === undefined) return "\u00a0";
  return (
    <>
      <Link to="/pipelines/$pipelineId" params={{ pipelineId }}>
        {data.name}
      </Link>{" "}
      /{" "}
      <Link to="/pipelines/$pipelineId/runs" params={{ pipelineId }}>
        Runs
      </Link>
    </>
  );
}
