import { useQueryClient } from "@tanstack/react-query";
import { api, type Schemas } from "../api/client.ts";

/** Yields what changes a pipeline unless it was changed since it was read; what was shown of it is asked for anew. */
export function useSavePipeline() {
  const queries = useQueryClient();
  return api.useMutation("patch", "/v1/pipelines/{id}", {
    onSuccess: () => invalidatePipelines(queries),
  });
}

/** Yields the parameters of a change that is only made to this version of a thing. */
export function atVersion({ id, version }: Pick<Schemas["Pipeline"], "id" | "version">) {
  return { path: { id }, header: { "if-match": `"${version}"` } };
}

/** Resolves once everything that is shown of pipelines was asked for anew. */
export async function invalidatePipelines(queries: ReturnType<typeof useQueryClient>): Promise<void> {
  await queries.invalidateQueries({
    predicate: ({ queryKey: [, path] }) => typeof path === "string" && path.startsWith("/v1/pipelines"),
  });
}
