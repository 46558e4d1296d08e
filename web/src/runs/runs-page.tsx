import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { api } from "../api/client.ts";
import { PageHeader } from "../app/page-header.tsx";
import { FoundRuns } from "./found-runs.tsx";
import { RunFilters } from "./run-filters.tsx";

const route = getRouteApi("/runs");

/** The runs of all pipelines. */
export function RunsPage() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const { data } = api.useQuery("get", "/v1/pipelines", { params: { query: { limit: 200 } } });
  const names = useMemo(() => new Map(data?.items.map(({ id, name }) => [id, name])), [data]);
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
