import { Button } from "../controls/button.tsx";
import { Dialog } from "../controls/dialog.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { useResetStates } from "./use-change-states.ts";

/** Asks whether the state of a stream, or of all, is to be forgotten, and forgets it. */
export function ResetDialog({ pipelineId, stream, onClose }: ResetDialogProps) {
  const reset = useResetStates();
  const params = { path: { id: pipelineId } };
  return (
    <Dialog
      title={stream === undefined ? "Read every stream anew?" : `Read ${stream} anew?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button
            variant="danger"
            isBusy={reset.isPending}
            onClick={() =>
              reset.mutate({ params, body: stream === undefined ? {} : { streams: [stream] } }, { onSuccess: onClose })
            }
          >
            Forget {stream === undefined ? "all states" : "the state"}
          </Button>
        </>
      }
    >
      <p>
        The next run reads {stream === undefined ? "everything" : "this stream"} from its beginning. The rows that are
        there stay until it replaces them. The audit log keeps that you did this.
      </p>
      {reset.error === null ? null : <TroubleNotice error={reset.error} />}
    </Dialog>
  );
}

export type ResetDialogProps = {
  pipelineId: string;
  /** All when undefined. */
  stream: string | undefined;
  onClose: () => void;
};
