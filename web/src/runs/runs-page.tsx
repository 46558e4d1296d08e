import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { PageHeader } from "../app/page-header.tsx";
import { usePipelineNames } from "../pipelines/use-stored-pipelines.ts";
import { FoundRuns } from "./found-runs.tsx";
import { RunFilters } from "./run-filters.tsx";

const route = getRouteApi("/runs");

/** The runs of all pipelines. */
export function RunsPage() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const names = usePipelineNames();
  return (
    <>
      <PageHeader title="Runs" />
      <RunFilters
        search={search}
        pipelines={names}
        onChange={(changed) => void navigate({ to: "/runs", search: changed, replace: true })}
      />
      <FoundRuns filter={{ pipelineId: search.pipeline, status: search.status }} pipelineNames={names} />
    </>
  );
}
