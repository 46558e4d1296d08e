import { api } from "../api/client.ts";
import { useReload } from "../api/use-reload.ts";

/** Yields what changes a pipeline unless it was changed since it was read; what was shown of it is asked for anew. */
export function useSavePipeline() {
  const onSuccess = useReload("/v1/pipelines");
  return api.useMutation("patch", "/v1/pipelines/{id}", { onSuccess });
}

/** Yields the parameters of a change that is only made to this version of a thing. */
export function atVersion({ id, version }: { id: string; version: number | string }) {
  return { path: { id }, header: { "if-match": `"${version}"` } };
}
