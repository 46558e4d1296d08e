import { useQueryClient } from "@tanstack/react-query";
import { api } from "../api/client.ts";

/** Yields what replaces the states of a pipeline; what was shown of them is asked for anew. */
export function useReplaceStates() {
  const onSuccess = useForgetStates();
  return api.useMutation("put", "/v1/pipelines/{id}/states", { onSuccess });
}

/** Yields what forgets states, so that streams are read anew. */
export function useResetStates() {
  const onSuccess = useForgetStates();
  return api.useMutation("post", "/v1/pipelines/{id}/states/reset", { onSuccess });
}

function useForgetStates() {
  const queries = useQueryClient();
  return async () => {
    await queries.invalidateQueries({ queryKey: ["get", "/v1/pipelines/{id}/states"] });
    await queries.invalidateQueries({ queryKey: ["get", "/v1/pipelines/{id}/states/history"] });
  };
}
