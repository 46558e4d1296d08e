import { client } from "../api/client.ts";
import { useAllPages } from "../api/pages.ts";

/** Yields all tokens of this server, those that were revoked, too. */
export function useTokens() {
  return useAllPages(["/v1/tokens"], ({ query, signal }) => client.GET("/v1/tokens", { params: { query }, signal }));
}
