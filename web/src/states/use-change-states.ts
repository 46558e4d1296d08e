import { api } from "../api/client.ts";
import { isProblem } from "../api/problem.ts";
import { useReload } from "../api/use-reload.ts";

/** Yields what replaces the states of a pipeline; what was shown of them is asked for anew. */
export function useReplaceStates() {
  const onSuccess = useReloadStates();
  return api.useMutation("put", "/v1/pipelines/{id}/states", { onSuccess });
}

/** Yields what forgets states, so that streams are read anew. */
export function useResetStates() {
  const onSuccess = useReloadStates();
  return api.useMutation("post", "/v1/pipelines/{id}/states/reset", { onSuccess });
}

/** Whether a change was refused since the states are not those any more that it was made from. */
export function haveMovedOn(error: unknown): boolean {
  return isProblem(error) && error.code === "changed";
}

/** Yields what asks anew for what is shown of states, those of the past among them. */
export function useReloadStates(): () => Promise<void> {
  return useReload("/v1/pipelines/{id}/states");
}
