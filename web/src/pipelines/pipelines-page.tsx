import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { api } from "../api/client.ts";
import { PageHeader } from "../app/page-header.tsx";
import { Badge } from "../controls/badge.tsx";
import { EmptyState } from "../controls/empty-state.tsx";
import { Instant } from "../controls/instant.tsx";
import { LinkButton } from "../controls/link-button.tsx";
import { Loading } from "../controls/loading.tsx";
import { Table } from "../controls/table.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";

/** All pipelines and how they are. */
export function PipelinesPage() {
  const { data, error, refetch } = api.useQuery("get", "/v1/pipelines", { params: { query: { limit: 200 } } });
  return (
    <>
      <PageHeader
        title="Pipelines"
        actions={
          <LinkButton to="/pipelines/new" variant="primary" icon={Plus}>
            New pipeline
          </LinkButton>
        }
      />
      {error === null ? null : <TroubleNotice error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null ? <Loading what="pipelines" /> : null}
      {data?.items.length === 0 ? (
        <EmptyState title="No pipelines yet" explanation="A pipeline moves records from a source to a destination." />
      ) : null}
      {data === undefined || data.items.length === 0 ? null : (
        <Table caption="Pipelines" columns={[{ name: "Pipeline" }, { name: "Health" }, { name: "Changed" }]}>
          {data.items.map(({ id, name, paused, updated_at: changedAt }) => (
            <tr key={id}>
              <td>
                <Link to="/pipelines/$pipelineId" params={{ pipelineId: id }}>
                  {name}
                </Link>
              </td>
              <td>{paused ? <Badge tone="idle">paused</Badge> : null}</td>
              <td>
                <Instant at={changedAt} />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}
