import { getRouteApi } from "@tanstack/react-router";
import { api } from "../api/client.ts";
import { Card } from "../controls/card.tsx";
import { Instant } from "../controls/instant.tsx";
import { Loading } from "../controls/loading.tsx";

const route = getRouteApi("/pipelines/$pipelineId");

/** How a pipeline is and what it does next. */
export function OverviewPage() {
  const { pipelineId } = route.useParams();
  const { data } = api.useQuery("get", "/v1/runs", { params: { query: { pipeline_id: pipelineId, limit: 10 } } });
  if (data === undefined) return <Loading what="runs" />;
  return (
    <Card title="Last runs">
      <ul>
        {data.items.map(({ id, number, status, created_at: at }) => (
          <li key={id}>
            Run {number}: {status}, <Instant at={at} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
