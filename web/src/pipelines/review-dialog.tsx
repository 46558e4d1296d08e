import { useState } from "react";
import { answeredOrProblem, client, type Schemas } from "../api/client.ts";
import { isProblem } from "../api/problem.ts";
import { useReload } from "../api/use-reload.ts";
import { Button } from "../controls/button.tsx";
import { Dialog } from "../controls/dialog.tsx";
import { Notice } from "../controls/notice.tsx";
import { TextDiff } from "../controls/text-diff.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { useConnectionNames } from "../connections/use-connections.ts";
import { changesOnto, fieldsOf, pipelineText, type PipelineFields } from "./pipeline-text.ts";
import { atVersion, useSavePipeline } from "./use-save-pipeline.ts";

/**
 * Shows what a change of a pipeline makes different, and saves it. When somebody else was faster, that is said, and what
 * is different is shown anew against what they made.
 */
export function ReviewDialog({ pipeline, changed, onClose, onSaved }: ReviewDialogProps) {
  const reload = useReload("/v1/pipelines");
  const names = useConnectionNames();
  const [base, setBase] = useState(pipeline);
  const save = useSavePipeline();
  // on top of what they made, also where both changed settings
  const changes = changesOnto(base, { from: pipeline, changed });
  const wasOvertaken = isProblem(save.error) && save.error.code === "changed";
  const loadTheirs = async () => {
    const theirs = await answeredOrProblem(client.GET("/v1/pipelines/{id}", { params: { path: { id: pipeline.id } } }));
    setBase(theirs);
    save.reset();
    await reload();
  };
  return (
    <Dialog
      title="What changes"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Back</Button>
          {wasOvertaken ? (
            <Button variant="primary" onClick={() => void loadTheirs()}>
              Compare with theirs
            </Button>
          ) : (
            <Button
              variant="primary"
              isBusy={save.isPending}
              onClick={() => save.mutate({ params: atVersion(base), body: changes }, { onSuccess: onSaved })}
            >
              Save
            </Button>
          )}
        </>
      }
    >
      {wasOvertaken ? (
        <Notice tone="bad" title="Somebody else changed this pipeline in the meantime">
          <p>Nothing of yours was saved and nothing of theirs is lost. See what would change of what they made.</p>
        </Notice>
      ) : save.error === null ? null : (
        <TroubleNotice error={save.error} />
      )}
      <TextDiff
        label="What changes"
        before={pipelineText(fieldsOf(base), names)}
        after={pipelineText({ ...fieldsOf(base), ...changes }, names)}
      />
      <p>It counts from the next run on.</p>
    </Dialog>
  );
}

export type ReviewDialogProps = {
  /** As it was when the change began. */
  pipeline: Schemas["Pipeline"];
  /** Only what was changed, so that what somebody else changed beside it stays. */
  changed: Partial<PipelineFields>;
  onClose: () => void;
  onSaved: () => void;
};
