import { api } from "../api/client.ts";
import { LinkButton } from "../controls/link-button.tsx";

const OF_CONNECTIONS = new Set(["config", "auth", "permission", "rate_limit"]);

/** The way to what has to be corrected after a failure: the connection of the side that failed, when it is of that kind. */
export function RepairLink({ pipelineId, side, failureType }: RepairLinkProps) {
  const { data } = api.useQuery("get", "/v1/pipelines/{id}", { params: { path: { id: pipelineId } } });
  if (data === undefined || !OF_CONNECTIONS.has(failureType)) return null;
  const connectionId = side === "source" ? data.source_id : side === "destination" ? data.destination_id : undefined;
  if (connectionId === undefined)
    return (
      <LinkButton to="/pipelines/$pipelineId/settings" params={{ pipelineId }}>
        Look at the settings
      </LinkButton>
    );
  return (
    <LinkButton to="/connections/$connectionId" params={{ connectionId }}>
      Correct the {side}
    </LinkButton>
  );
}

export type RepairLinkProps = { pipelineId: string; side: string; failureType: string };
