import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { FoundRuns } from "../runs/found-runs.tsx";
import { RunFilters } from "../runs/run-filters.tsx";

const route = getRouteApi("/pipelines/$pipelineId/runs");

/** The runs of one pipeline. */
export function RunsTab() {
  const { pipelineId } = route.useParams();
  const { status } = route.useSearch();
  const navigate = useNavigate();
  return (
    <>
      <RunFilters
        search={{ status }}
        onChange={({ status: chosen }) =>
          void navigate({
            to: "/pipelines/$pipelineId/runs",
            params: { pipelineId },
            search: { status: chosen },
            replace: true,
          })
        }
      />
      <FoundRuns filter={{ pipelineId, status }} pipelineNames={undefined} />
    </>
  );
}
