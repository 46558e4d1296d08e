import { useQueryClient } from "@tanstack/react-query";
import { api } from "../api/client.ts";

/** Yields what deletes a schedule. */
export function useDeleteSchedule() {
  const onSuccess = useForgetSchedules();
  return api.useMutation("delete", "/v1/schedules/{id}", { onSuccess });
}

/** Yields what gives a pipeline a schedule, and what replaces one. */
export function useSaveSchedule() {
  const onSuccess = useForgetSchedules();
  return {
    add: api.useMutation("post", "/v1/pipelines/{id}/schedules", { onSuccess }),
    replace: api.useMutation("put", "/v1/schedules/{id}", { onSuccess }),
  };
}

function useForgetSchedules() {
  const queries = useQueryClient();
  return () =>
    queries.invalidateQueries({
      predicate: ({ queryKey: [, path] }) => typeof path === "string" && path.endsWith("/schedules"),
    });
}
