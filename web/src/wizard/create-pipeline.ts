import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { answeredOrProblem, client, type Schemas } from "../api/client.ts";
import { useReload } from "../api/use-reload.ts";
import { useOneAtATime } from "../controls/use-one-at-a-time.ts";
import { scheduleBody, type ScheduleChoice } from "../schedules/schedule-choice.ts";
import { forgetChoices } from "./kept-choices.ts";

/** A pipeline to be made. */
export type Order = {
  fields: Pick<Schemas["Pipeline"], "name" | "source_id" | "destination_id" | "settings">;
  schedule: ScheduleChoice;
};
/** One whose pipeline is made, while its first run, and perhaps its schedule, is not. */
export type PartOrder = Order & { made: { pipelineId: string; isScheduled: boolean } };

/**
 * Yields what makes a pipeline, gives it its schedule, starts its first run, and goes to it; once at a time. When it fails
 * after the pipeline was made, `rest` is what is to be ordered instead of another pipeline.
 */
export function useCreatePipeline() {
  const navigate = useNavigate();
  const reload = useReload("/v1/pipelines");
  const [rest, setRest] = useState<PartOrder>();
  const { mutateAsync, isPending, error } = useMutation({
    mutationFn: async (order: Order | PartOrder) => {
      const made = "made" in order ? { ...order.made } : { pipelineId: await makePipeline(order), isScheduled: false };
      try {
        await startPipeline(made, order);
      } catch (error) {
        setRest({ ...order, made });
        throw error;
      }
      return made.pipelineId;
    },
    onSuccess: async (pipelineId) => {
      await navigate({ to: "/pipelines/$pipelineId", params: { pipelineId } });
      await reload();
    },
  });
  const create = useOneAtATime((order: Order | PartOrder) => mutateAsync(order));
  return { create, isBusy: isPending, error, rest };
}

async function makePipeline({ fields }: Order): Promise<string> {
  const { id } = await answeredOrProblem(client.POST("/v1/pipelines", { body: fields }));
  forgetChoices();
  return id;
}

/** Notes in `made` what it has come to. */
async function startPipeline(made: PartOrder["made"], { schedule }: Order): Promise<void> {
  const params = { path: { id: made.pipelineId } };
  const body = scheduleBody(schedule);
  if (body !== undefined && !made.isScheduled)
    await answeredOrProblem(client.POST("/v1/pipelines/{id}/schedules", { params, body }));
  made.isScheduled = true;
  await answeredOrProblem(client.POST("/v1/pipelines/{id}/runs", { params, body: {} }));
}
