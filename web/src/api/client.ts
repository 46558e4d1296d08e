import { connect, type Schemas } from "@sluice/orchestrator/client";
import createQueryApi from "openapi-react-query";

export type { Schemas };

/** The API of the server that the page came from; the cookie of the session goes with each request. */
export const client = connect({ server: globalThis.location.origin });

/** Hooks of TanStack Query over the client: `api.useQuery("get", "/v1/runs/{id}", …)`, errors being problems. */
export const api = createQueryApi(client);

/** Resolves to what was answered, and throws the problem that was told, as the hooks do. */
export async function answeredOrProblem<Data>(asked: Promise<{ data?: Data; error?: unknown }>): Promise<Data> {
  const { data, error } = await asked;
  if (error !== undefined) throw error;
  return data as Data;
}
