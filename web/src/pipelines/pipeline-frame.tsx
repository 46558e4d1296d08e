import { Link, Outlet, getRouteApi } from "@tanstack/react-router";
import { api } from "../api/client.ts";
import { PageHeader } from "../app/page-header.tsx";
import { Loading } from "../controls/loading.tsx";
import { TabLinks } from "../controls/tab-links.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";

const route = getRouteApi("/pipelines/$pipelineId");

/** What every page about one pipeline stands in: its name and the way to its parts. */
export function PipelineFrame() {
  const { pipelineId } = route.useParams();
  const { data, error, refetch } = api.useQuery("get", "/v1/pipelines/{id}", { params: { path: { id: pipelineId } } });
  if (error !== null) return <TroubleNotice error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading what="the pipeline" />;
  return (
    <>
      <PageHeader title={data.name} above={<Link to="/pipelines">Pipelines</Link>} />
      <TabLinks label="Parts of the pipeline">
        <Link to="/pipelines/$pipelineId" params={{ pipelineId }} activeOptions={{ exact: true }}>
          Overview
        </Link>
        <Link to="/pipelines/$pipelineId/runs" params={{ pipelineId }}>
          Runs
        </Link>
        <Link to="/pipelines/$pipelineId/streams" params={{ pipelineId }}>
          Streams
        </Link>
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
