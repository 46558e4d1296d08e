import { Link, Outlet, getRouteApi } from "@tanstack/react-router";
import { ArrowRight } from "lucide-react";
import { api } from "../api/client.ts";
import { isLasting } from "../api/problem.ts";
import { PageHeader } from "../app/page-header.tsx";
import { Loading } from "../controls/loading.tsx";
import { TabLinks } from "../controls/tab-links.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { useMay } from "../session/session.ts";
import { HealthBadge } from "./health-badge.tsx";
import { PipelineActions } from "./pipeline-actions.tsx";
import styles from "./pipeline-frame.module.css";
import { usePipelineHealth } from "./use-pipelines.ts";

const route = getRouteApi("/pipelines/$pipelineId");

/** What every page about one pipeline stands in: its name, how it is, what can be done with it, and its parts. */
export function PipelineFrame() {
  const { pipelineId } = route.useParams();
  const { data, error, refetch } = api.useQuery("get", "/v1/pipelines/{id}", { params: { path: { id: pipelineId } } });
  const { pipeline } = usePipelineHealth(pipelineId);
  // what a source offers and what a destination holds is asked of them, which a viewer may not
  const maySee = useMay("operator");
  if (error !== null && (data === undefined || isLasting(error)))
    return (
      <>
        <PageHeader title="Pipeline" above={<Link to="/pipelines">Pipelines</Link>} />
        <TroubleNotice error={error} onRetry={() => void refetch()} />
      </>
    );
  if (data === undefined) return <Loading what="the pipeline" />;
  return (
    <>
      <PageHeader
        title={data.name}
        above={<Link to="/pipelines">Pipelines</Link>}
        note={
          pipeline === undefined ? null : (
            <span className={styles.note}>
              <HealthBadge health={pipeline.health} />
              {pipeline.source.name} <ArrowRight size={14} aria-label="to" /> {pipeline.destination.name}
            </span>
          )
        }
        actions={
          <PipelineActions id={pipelineId} isPaused={data.paused} isBusy={(pipeline?.current_run ?? null) !== null} />
        }
      />
      <TabLinks label="Parts of the pipeline">
        <Link to="/pipelines/$pipelineId" params={{ pipelineId }} activeOptions={{ exact: true }}>
          Overview
        </Link>
        <Link to="/pipelines/$pipelineId/runs" params={{ pipelineId }}>
          Runs
        </Link>
        {maySee ? (
          <>
            <Link to="/pipelines/$pipelineId/streams" params={{ pipelineId }}>
              Streams
            </Link>
            <Link to="/pipelines/$pipelineId/data" params={{ pipelineId }}>
              Data
            </Link>
          </>
        ) : null}
        <Link to="/pipelines/$pipelineId/states" params={{ pipelineId }}>
          States
        </Link>
        <Link to="/pipelines/$pipelineId/settings" params={{ pipelineId }}>
          Settings
        </Link>
      </TabLinks>
      <Outlet />
    </>
  );
}
