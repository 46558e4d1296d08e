import { useState } from "react";
import { api, type Schemas } from "../api/client.ts";
import { Button } from "../controls/button.tsx";
import { Dialog } from "../controls/dialog.tsx";
import { Field } from "../controls/field.tsx";
import { Notice } from "../controls/notice.tsx";
import { TextDiff } from "../controls/text-diff.tsx";
import { atVersion } from "../pipelines/use-save-pipeline.ts";
import styles from "./edit-dialog.module.css";
import { indented, jsonFault, onOneLine } from "./json-text.ts";
import { streamName, withLine, type ShownState } from "./state-entry.ts";
import { StatesTrouble } from "./states-trouble.tsx";
import { haveMovedOn, useReloadStates, useReplaceStates } from "./use-change-states.ts";

/**
 * Changes the state of a stream: first its text, then what is different is shown and has to be confirmed. When the states
 * have moved on meanwhile, that is said, and what is different is shown anew against those of now.
 */
export function EditDialog({ pipelineId, newest, stream, draft, onClose }: EditDialogProps) {
  // what the change is made from, whatever was loaded since
  const [base, setBase] = useState(newest);
  const [text, setText] = useState(draft);
  const [isReviewed, setReviewed] = useState(false);
  const replace = useReplaceStates();
  const reload = useReloadStates();
  const look = api.useMutation("get", "/v1/pipelines/{id}/states", {
    onSuccess: (now) => {
      setBase(now);
      replace.reset();
    },
  });
  const fault = jsonFault(text);
  const before = indented(base.states.find((each) => each.stream === stream)?.line ?? "");
  const save = () =>
    replace.mutate(
      {
        params: atVersion({ id: pipelineId, version: base.version }),
        body: { states: withLine(base.states, stream, onOneLine(text)) },
      },
      { onSuccess: onClose },
    );
  const isOvertaken = haveMovedOn(replace.error);
  const close = () => {
    if (isOvertaken || base !== newest) void reload();
    onClose();
  };
  return (
    <Dialog
      title={`State of ${streamName({ stream })}`}
      onClose={close}
      actions={
        isReviewed ? (
          <>
            <Button onClick={() => setReviewed(false)}>Back to the text</Button>
            {isOvertaken ? (
              <Button
                variant="primary"
                isBusy={look.isPending}
                onClick={() => look.mutate({ params: { path: { id: pipelineId } } })}
              >
                Compare with those of now
              </Button>
            ) : (
              <Button variant="danger" isBusy={replace.isPending} onClick={save}>
                Replace the state
              </Button>
            )}
          </>
        ) : (
          <>
            <Button onClick={close}>Keep it as it is</Button>
            <Button
              variant="primary"
              disabled={fault !== undefined || text === before}
              onClick={() => setReviewed(true)}
            >
              See what changes
            </Button>
          </>
        )
      }
    >
      {isReviewed ? (
        <>
          <Notice tone="warn" title="The next run goes on from what you write here">
            <p>A state too early makes records come again; one too late leaves some out, and nothing would tell.</p>
          </Notice>
          <TextDiff label="What changes" before={before} after={text} />
          <p>The audit log keeps that you did this.</p>
        </>
      ) : (
        <Field label="Message" error={fault} help="What is inside data is the source's own.">
          {(control) => (
            <textarea
              {...control}
              className={`${control.className} ${styles.text}`}
              spellCheck={false}
              value={text}
              onChange={({ target }) => setText(target.value)}
            />
          )}
        </Field>
      )}
      <StatesTrouble error={look.error ?? replace.error} remedy="See what would change of those that are there now." />
    </Dialog>
  );
}

export type EditDialogProps = {
  pipelineId: string;
  newest: Schemas["NewestStates"];
  stream: ShownState["stream"];
  /** What is in the editor at first. */
  draft: string;
  onClose: () => void;
};
