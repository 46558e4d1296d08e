import { useState } from "react";
import { Button } from "../controls/button.tsx";
import { Dialog } from "../controls/dialog.tsx";
import { Field } from "../controls/field.tsx";
import { Notice } from "../controls/notice.tsx";
import { TextDiff } from "../controls/text-diff.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import styles from "./edit-dialog.module.css";
import { indented, jsonFault, onOneLine } from "./json-text.ts";
import { streamName, withLine, type ShownState } from "./state-entry.ts";
import { useReplaceStates } from "./use-change-states.ts";

/** Changes the state of a stream: first its text, then what is different is shown and has to be confirmed. */
export function EditDialog({ pipelineId, states, state, draft, onClose }: EditDialogProps) {
  const [text, setText] = useState(draft);
  const [isReviewed, setReviewed] = useState(false);
  const replace = useReplaceStates();
  const fault = jsonFault(text);
  const save = () =>
    replace.mutate(
      {
        params: { path: { id: pipelineId } },
        body: { states: withLine(states, state.stream, onOneLine(text)) },
      },
      { onSuccess: onClose },
    );
  return (
    <Dialog
      title={`State of ${streamName(state)}`}
      onClose={onClose}
      actions={
        isReviewed ? (
          <>
            <Button onClick={() => setReviewed(false)}>Back to the text</Button>
            <Button variant="danger" isBusy={replace.isPending} onClick={save}>
              Replace the state
            </Button>
          </>
        ) : (
          <>
            <Button onClick={onClose}>Keep it as it is</Button>
            <Button
              variant="primary"
              disabled={fault !== undefined || text === indented(state.line)}
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
          <TextDiff label="What changes" before={indented(state.line)} after={text} />
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
      {replace.error === null ? null : <TroubleNotice error={replace.error} />}
    </Dialog>
  );
}

export type EditDialogProps = {
  pipelineId: string;
  states: readonly ShownState[];
  state: ShownState;
  /** What is in the editor at first. */
  draft: string;
  onClose: () => void;
};
