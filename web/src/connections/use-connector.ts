import { client, type Schemas } from "../api/client.ts";
import { useAllPages } from "../api/pages.ts";

/** Yields all connectors that this server has. */
export function useConnectors() {
  return useAllPages(["/v1/connectors"], ({ query, signal }) =>
    client.GET("/v1/connectors", { params: { query }, signal }),
  );
}

/** Yields what this server knows of a connector; undefined until it is known, and for one that it does not have. */
export function useConnector(name: string | undefined): Schemas["Connector"] | undefined {
  return useConnectors().data?.find((each) => each.name === name);
}
