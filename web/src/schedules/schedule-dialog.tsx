import { useState } from "react";
import type { Schemas } from "../api/client.ts";
import { Button } from "../controls/button.tsx";
import { Dialog } from "../controls/dialog.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { choiceOf, HOURLY, isPossible, scheduleBody, type ScheduleChoice } from "./schedule-choice.ts";
import { ScheduleEditor } from "./schedule-editor.tsx";
import { useSaveSchedule } from "./use-schedules.ts";

/** Adds a schedule to a pipeline, or changes one. */
export function ScheduleDialog({ pipelineId, schedule, onClose }: ScheduleDialogProps) {
  const [choice, setChoice] = useState<ScheduleChoice>(() => (schedule === undefined ? HOURLY : choiceOf(schedule)));
  const { add, replace } = useSaveSchedule();
  const body = scheduleBody(choice);
  const save = () => {
    if (body === undefined) return onClose();
    if (schedule === undefined)
      return add.mutate({ params: { path: { id: pipelineId } }, body }, { onSuccess: onClose });
    const { id, version, options, priority } = schedule;
    const params = { path: { id }, header: { "if-match": `"${version}"` } };
    return replace.mutate({ params, body: { ...body, options, priority } }, { onSuccess: onClose });
  };
  const error = add.error ?? replace.error;
  return (
    <Dialog
      title={schedule === undefined ? "Add a schedule" : "Change the schedule"}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button
            variant="primary"
            isBusy={add.isPending || replace.isPending}
            disabled={body === undefined || !isPossible(choice)}
            onClick={save}
          >
            Save
          </Button>
        </>
      }
    >
      <ScheduleEditor choice={choice} onChange={setChoice} />
      {error === null ? null : <TroubleNotice error={error} />}
    </Dialog>
  );
}

export type ScheduleDialogProps = {
  pipelineId: string;
  /** Undefined for a new one. */
  schedule: Schemas["Schedule"] | undefined;
  onClose: () => void;
};
