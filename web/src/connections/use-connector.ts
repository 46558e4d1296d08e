import { api, client, type Schemas } from "../api/client.ts";
import { useAllPages } from "../api/pages.ts";
import { FoundTrouble } from "../api/problem.ts";

/** What is known of a connector; undefined until it is, or where `error` says why it cannot be. */
export type KnownConnector = { connector: Schemas["Connector"] | undefined; error: unknown; retry: () => void };

/** Yields all connectors that this server has. */
export function useConnectors() {
  return useAllPages(["/v1/connectors"], ({ query, signal }) =>
    client.GET("/v1/connectors", { params: { query }, signal }),
  );
}

/** Yields what this server knows of a connector; that it does not have it is an error. */
export function useConnector(name: string | undefined): KnownConnector {
  const { data, error, refetch } = useConnectors();
  const connector = data?.find((each) => each.name === name);
  const isMissing = data !== undefined && name !== undefined && connector === undefined;
  return { connector, error: isMissing ? missing(name) : error, retry: () => void refetch() };
}

/** Yields a connection and its connector, or what keeps either from being known. */
export function useConnectorOf(
  connectionId: string,
): KnownConnector & { connection: Schemas["Connection"] | undefined } {
  const { data, error, refetch } = api.useQuery("get", "/v1/connections/{id}", {
    params: { path: { id: connectionId } },
  });
  const known = useConnector(data?.connector);
  const retry = () => (error === null ? known.retry() : void refetch());
  return { connection: data, connector: known.connector, error: error ?? known.error, retry };
}

function missing(name: string): FoundTrouble {
  return new FoundTrouble(`This server has no ${name}`, {
    detail: "Its program is not there, or cannot be run, so it can be neither asked nor configured.",
    remedy: "Put it on the server's PATH again.",
  });
}
