import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { answeredOrProblem, client, type Schemas } from "../api/client.ts";
import { forgetChoices } from "./kept-choices.ts";
import { scheduleBody, type ScheduleChoice } from "../schedules/schedule-choice.ts";

type NewPipeline = Pick<Schemas["Pipeline"], "name" | "source_id" | "destination_id" | "settings">;
type Order = { fields: NewPipeline; schedule: ScheduleChoice };

/** Yields what makes a pipeline, gives it its schedule and starts its first run. When a part fails, the next try goes on there. */
export function useCreatePipeline() {
  const queries = useQueryClient();
  const done = useRef<{ pipelineId?: string; isScheduled?: boolean }>({});
  return useMutation({
    mutationFn: async ({ fields, schedule }: Order) => {
      done.current.pipelineId ??= (await answeredOrProblem(client.POST("/v1/pipelines", { body: fields }))).id;
      const params = { path: { id: done.current.pipelineId } };
      const body = scheduleBody(schedule);
      if (body !== undefined && done.current.isScheduled !== true)
        await answeredOrProblem(client.POST("/v1/pipelines/{id}/schedules", { params, body }));
      done.current.isScheduled = true;
      const run = await answeredOrProblem(client.POST("/v1/pipelines/{id}/runs", { params, body: {} }));
      return { pipelineId: params.path.id, runId: run.id };
    },
    onSuccess: () => {
      forgetChoices();
      return queries.invalidateQueries({ queryKey: ["get", "/v1/pipelines"] });
    },
  });
}
