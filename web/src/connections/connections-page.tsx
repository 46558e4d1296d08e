import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import type { Schemas } from "../api/client.ts";
import { isLasting } from "../api/problem.ts";
import { PageHeader } from "../app/page-header.tsx";
import { Card } from "../controls/card.tsx";
import { EmptyState } from "../controls/empty-state.tsx";
import { Instant } from "../controls/instant.tsx";
import { LinkButton } from "../controls/link-button.tsx";
import { Loading } from "../controls/loading.tsx";
import { Table } from "../controls/table.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { useStoredPipelines } from "../pipelines/use-stored-pipelines.ts";
import { useMay } from "../session/session.ts";
import { ConnectorMark } from "./connector-mark.tsx";
import styles from "./connections-page.module.css";
import { connectorWords } from "./names.ts";
import { useConnections } from "./use-connections.ts";

/** What pipelines read and write, with the configuration to get there. */
export function ConnectionsPage() {
  const { data, error, refetch } = useConnections();
  const mayMake = useMay("admin");
  const of = (kind: Schemas["Connection"]["kind"]) => data?.filter((each) => each.kind === kind) ?? [];
  return (
    <>
      <PageHeader
        title="Connections"
        actions={
          mayMake ? (
            <LinkButton to="/pipelines/new" icon={Plus}>
              New pipeline
            </LinkButton>
          ) : undefined
        }
      />
      {error !== null && (data === undefined || isLasting(error)) ? (
        <TroubleNotice error={error} onRetry={() => void refetch()} />
      ) : null}
      {data === undefined && error === null ? <Loading what="connections" /> : null}
      {data?.length === 0 ? (
        <EmptyState
          title="No connections yet"
          explanation="A new pipeline asks for its source and its destination; both can be used by others, too."
        />
      ) : null}
      <div className={styles.kinds}>
        <Connections title="Sources" connections={of("source")} />
        <Connections title="Destinations" connections={of("destination")} />
      </div>
    </>
  );
}

function Connections({ title, connections }: { title: string; connections: readonly Schemas["Connection"][] }) {
  const { data: pipelines } = useStoredPipelines();
  if (connections.length === 0) return null;
  return (
    <Card title={title} isFlush>
      <Table
        caption={`All ${title.toLowerCase()}`}
        columns={[{ name: "Name" }, { name: "Connector" }, { name: "Used by" }, { name: "Changed" }]}
      >
        {connections.map(({ id, name, connector, updated_at: at }) => {
          const users = pipelines?.filter((each) => each.source_id === id || each.destination_id === id).length;
          return (
            <tr key={id}>
              <td>
                <span className={styles.name}>
                  <ConnectorMark name={connector} />
                  <Link to="/connections/$connectionId" params={{ connectionId: id }}>
                    {name}
                  </Link>
                </span>
              </td>
              <td>{connectorWords(connector)}</td>
              <td>{users === undefined ? "–" : `${users} ${users === 1 ? "pipeline" : "pipelines"}`}</td>
              <td>
                <Instant at={at} />
              </td>
            </tr>
          );
        })}
      </Table>
    </Card>
  );
}
