import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../api/client.ts";
import { remedyOf, isLasting } from "../api/problem.ts";
import { Card } from "../controls/card.tsx";
import { EmptyState } from "../controls/empty-state.tsx";
import { Figure, Figures } from "../controls/figures.tsx";
import { Instant } from "../controls/instant.tsx";
import { LinkButton } from "../controls/link-button.tsx";
import { Pending } from "../controls/pending.tsx";
import { Notice } from "../controls/notice.tsx";
import { summaryOf } from "../runs/run-figures.ts";
import { choiceOf, scheduleWords } from "../schedules/schedule-choice.ts";
import { CurrentRun } from "./current-run.tsx";
import { DayStrip } from "./day-strip.tsx";
import { LastRuns } from "./last-runs.tsx";
import styles from "./overview-page.module.css";
import { usePipelineHealth } from "./use-pipelines.ts";

const route = getRouteApi("/pipelines/$pipelineId");
const REFRESH_MS = 5_000;

/** How a pipeline is, what it does now, and when it runs next. */
export function OverviewPage() {
  const { pipelineId } = route.useParams();
  const { pipeline, error } = usePipelineHealth(pipelineId);
  const query = { pipeline_id: pipelineId, limit: 10 };
  const runs = api.useQuery("get", "/v1/runs", { params: { query } }, { refetchInterval: REFRESH_MS });
  const schedules = api.useQuery("get", "/v1/pipelines/{id}/schedules", { params: { path: { id: pipelineId } } });
  const [isWatching, setWatching] = useState(false);
  const currentId = pipeline?.current_run?.id;
  if (currentId !== undefined && !isWatching) setWatching(true);
  // a run that was watched stays in sight when it has ended, until there is another one, however soon that has ended
  const shownId = currentId ?? (isWatching ? runs.data?.items[0]?.id : undefined);
  const trouble = error ?? runs.error;
  if (pipeline === undefined || runs.data === undefined || isLasting(trouble))
    return <Pending what="the pipeline" error={trouble} />;
  const { last_run: last, days } = pipeline;
  const failed = pipeline.health === "failing" ? runs.data.items.find(({ status }) => status === "failed") : undefined;
  const failure = failed === undefined ? null : (summaryOf(failed)?.failure ?? null);
  const words = schedules.data?.items.map((each) => scheduleWords(choiceOf(each)));
  return (
    <div className={styles.overview}>
      {failure === null ? null : (
        <Notice
          tone="bad"
          title={`The last run failed: ${failure.failure_type}`}
          actions={
            failed === undefined ? undefined : (
              <LinkButton to="/runs/$runId" params={{ runId: failed.id }}>
                See the run
              </LinkButton>
            )
          }
        >
          <p>{failure.message}</p>
          <p>{remedyOf(failure.failure_type)}</p>
        </Notice>
      )}
      {shownId === undefined ? null : <CurrentRun id={shownId} />}
      <Figures>
        <Figure name="Fresh as of">
          {pipeline.last_success_at === null ? "never" : <Instant at={pipeline.last_success_at} />}
        </Figure>
        <Figure name="Next run" note={words?.length === 0 ? scheduleWords({ type: "none" }) : words?.join("; ")}>
          {pipeline.next_run_at === null ? "–" : <Instant at={pipeline.next_run_at} />}
        </Figure>
        <Figure name="Last run" note={last === null ? undefined : `Run ${last.number}, ${last.status}`}>
          {last === null ? "–" : <Instant at={last.ended_at} />}
        </Figure>
        <Figure name="Last 30 days">
          <DayStrip days={days} />
        </Figure>
      </Figures>
      {runs.data.items.length === 0 ? (
        <EmptyState title="No runs yet" explanation="Run it now, or give it a schedule in its settings." />
      ) : (
        <Card title="Last runs" isFlush>
          <LastRuns runs={runs.data.items} />
        </Card>
      )}
    </div>
  );
}
