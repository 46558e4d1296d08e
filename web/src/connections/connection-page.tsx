import { Link, getRouteApi } from "@tanstack/react-router";
import { api, type Schemas } from "../api/client.ts";
import { isLasting } from "../api/problem.ts";
import { PageHeader } from "../app/page-header.tsx";
import { Card } from "../controls/card.tsx";
import { Pending } from "../controls/pending.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { ConnectionForm } from "./connection-form.tsx";
import styles from "./connections-page.module.css";
import { DeleteConnection } from "./delete-connection.tsx";
import { useStoredPipelines } from "../pipelines/use-stored-pipelines.ts";
import { connectorWords } from "./names.ts";
import { useConnector } from "./use-connector.ts";

const route = getRouteApi("/connections/$connectionId");

/** A connection: its configuration, whether it works, and which pipelines use it. */
export function ConnectionPage() {
  const { connectionId } = route.useParams();
  const { data, error, refetch } = api.useQuery("get", "/v1/connections/{id}", {
    params: { path: { id: connectionId } },
  });
  const known = useConnector(data?.connector);
  if (data === undefined && error !== null)
    return (
      <>
        <PageHeader title="Connection" above={<Link to="/connections">Connections</Link>} />
        <TroubleNotice error={error} onRetry={() => void refetch()} />
      </>
    );
  if (data === undefined || isLasting(error))
    return <Pending what="the connection" error={error} onRetry={() => void refetch()} />;
  return (
    <>
      <PageHeader
        title={data.name}
        above={<Link to="/connections">Connections</Link>}
        note={`${connectorWords(data.connector)} ${data.kind}`}
      />
      <div className={styles.kinds}>
        {known.connector === undefined ? (
          <Pending what="its connector" error={known.error} onRetry={known.retry} />
        ) : (
          <ConnectionForm key={data.id} connection={data} connector={known.connector} />
        )}
        <Users connection={data} />
        <DeleteConnection connection={data} />
      </div>
    </>
  );
}

function Users({ connection: { id } }: { connection: Schemas["Connection"] }) {
  const { data: pipelines, error } = useStoredPipelines();
  const users = pipelines?.filter((each) => each.source_id === id || each.destination_id === id);
  return (
    <Card title="Used by">
      {users === undefined ? <Pending what="the pipelines" error={error} /> : null}
      {users?.length === 0 ? <p>No pipeline uses it.</p> : null}
      <ul className={styles.users}>
        {users?.map((pipeline) => (
          <li key={pipeline.id}>
            <Link to="/pipelines/$pipelineId" params={{ pipelineId: pipeline.id }}>
              {pipeline.name}
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}
