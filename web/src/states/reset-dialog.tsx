import { useState } from "react";
import type { Schemas } from "../api/client.ts";
import { Button } from "../controls/button.tsx";
import { Dialog } from "../controls/dialog.tsx";
import { atVersion } from "../pipelines/use-save-pipeline.ts";
import { StatesTrouble } from "./states-trouble.tsx";
import { haveMovedOn, useReloadStates, useResetStates } from "./use-change-states.ts";

/** Asks whether the state of a stream, or of all, is to be forgotten, and forgets it, unless the states have moved on. */
export function ResetDialog({ pipelineId, newest, stream, onClose }: ResetDialogProps) {
  // what was seen when it was decided, whatever was loaded since
  const [base] = useState(newest);
  const reset = useResetStates();
  const reload = useReloadStates();
  const isOvertaken = haveMovedOn(reset.error);
  const close = () => {
    if (isOvertaken) void reload();
    onClose();
  };
  const forget = () =>
    reset.mutate(
      {
        params: atVersion({ id: pipelineId, version: base.version }),
        body: stream === undefined ? {} : { streams: [stream] },
      },
      { onSuccess: onClose },
    );
  return (
    <Dialog
      title={stream === undefined ? "Read every stream anew?" : `Read ${stream} anew?`}
      onClose={close}
      actions={
        isOvertaken ? (
          <Button variant="primary" onClick={close}>
            Show those of now
          </Button>
        ) : (
          <>
            <Button onClick={close}>Keep it</Button>
            <Button variant="danger" isBusy={reset.isPending} onClick={forget}>
              Forget {stream === undefined ? "all states" : "the state"}
            </Button>
          </>
        )
      }
    >
      <p>
        The next run reads {stream === undefined ? "everything" : "this stream"} from its beginning. The rows that are
        there stay until it replaces them. The audit log keeps that you did this.
      </p>
      <StatesTrouble error={reset.error} remedy="Look at those that are there now, and decide anew." />
    </Dialog>
  );
}

export type ResetDialogProps = {
  pipelineId: string;
  newest: Schemas["NewestStates"];
  /** All when undefined. */
  stream: string | undefined;
  onClose: () => void;
};
