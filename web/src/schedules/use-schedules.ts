import { api } from "../api/client.ts";
import { useReload } from "../api/use-reload.ts";

const SCHEDULES = "/v1/pipelines/{id}/schedules";

/** Yields what deletes a schedule. */
export function useDeleteSchedule() {
  const onSuccess = useReload(SCHEDULES);
  return api.useMutation("delete", "/v1/schedules/{id}", { onSuccess });
}

/** Yields what gives a pipeline a schedule, and what replaces one. */
export function useSaveSchedule() {
  const onSuccess = useReload(SCHEDULES);
  return {
    add: api.useMutation("post", SCHEDULES, { onSuccess }),
    replace: api.useMutation("put", "/v1/schedules/{id}", { onSuccess }),
  };
}
