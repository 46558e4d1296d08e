import { api, type Schemas } from "../api/client.ts";

/** Yields what this server knows of a connector; undefined until it is known, and for one that it does not have. */
export function useConnector(name: string | undefined): Schemas["Connector"] | undefined {
  const { data } = api.useQuery("get", "/v1/connectors", { params: { query: { limit: 200 } } });
  return data?.items.find((each) => each.name === name);
}
