import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../api/client.ts";
import { Field } from "../controls/field.tsx";
import { FormDialog } from "../controls/form-dialog.tsx";
import type { RunOptions } from "./run-words.ts";
import styles from "./rerun-dialog.module.css";

type Wish = { stream: string; from: string; until: string; isAnew: boolean; isRecorded: boolean };

/** Starts a run of one stream or all, of a range of time or everything, anew or from where it was, and goes to it. */
export function RerunDialog({ pipelineId, streams, stream, onClose }: RerunDialogProps) {
  const navigate = useNavigate();
  const [wish, setWish] = useState<Wish>({
    stream: stream ?? "",
    from: "",
    until: "",
    isAnew: false,
    isRecorded: false,
  });
  const start = api.useMutation("post", "/v1/pipelines/{id}/runs", {
    onSuccess: ({ id }) => {
      onClose();
      void navigate({ to: "/runs/$runId", params: { runId: id } });
    },
  });
  const isBackwards = wish.from !== "" && wish.until !== "" && wish.from >= wish.until;
  return (
    <FormDialog
      title="Run a part"
      verb="Run"
      isBusy={start.isPending}
      error={start.error}
      onSubmit={() =>
        isBackwards ? undefined : start.mutateAsync({ params: { path: { id: pipelineId } }, body: optionsOf(wish) })
      }
      onClose={onClose}
    >
      <Field label="Streams">
        {(control) => (
          <select
            {...control}
            value={wish.stream}
            onChange={({ target }) => setWish({ ...wish, stream: target.value })}
          >
            <option value="">All streams</option>
            {streams.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        )}
      </Field>
      <div className={styles.range}>
        <Field label="From" help="In your time zone; empty for the beginning.">
          {(control) => (
            <input
              {...control}
              type="datetime-local"
              value={wish.from}
              onChange={({ target }) => setWish({ ...wish, from: target.value })}
            />
          )}
        </Field>
        <Field label="Until" error={isBackwards ? "It must be later than the beginning." : undefined}>
          {(control) => (
            <input
              {...control}
              type="datetime-local"
              value={wish.until}
              onChange={({ target }) => setWish({ ...wish, until: target.value })}
            />
          )}
        </Field>
      </div>
      <Choice
        title="Read everything anew"
        help="Instead of going on from where the last run was. Rows that are gone in the source are removed."
        isChosen={wish.isAnew}
        onChoose={(isAnew) => setWish({ ...wish, isAnew })}
      />
      <Choice
        title="Keep a recording"
        help="Of what the source says, for a bug report or the explorer. Secrets and all other values are replaced by some of their shape; names of streams and fields stay."
        isChosen={wish.isRecorded}
        onChoose={(isRecorded) => setWish({ ...wish, isRecorded })}
      />
    </FormDialog>
  );
}

export type RerunDialogProps = {
  pipelineId: string;
  streams: readonly string[];
  /** Chosen at first; all when undefined. */
  stream: string | undefined;
  onClose: () => void;
};

function Choice({ title, help, isChosen, onChoose }: ChoiceProps) {
  return (
    <label className={styles.choice}>
      <input type="checkbox" checked={isChosen} onChange={({ target }) => onChoose(target.checked)} />
      <span>
        {title}
        <small>{help}</small>
      </span>
    </label>
  );
}

type ChoiceProps = { title: string; help: string; isChosen: boolean; onChoose: (isChosen: boolean) => void };

function optionsOf({ stream, from, until, isAnew, isRecorded }: Wish): RunOptions {
  return {
    ...(stream === "" ? {} : { select: [stream] }),
    ...(from === "" ? {} : { since: new Date(from).toISOString() }),
    ...(until === "" ? {} : { until: new Date(until).toISOString() }),
    ...(isAnew ? { full_refresh: stream === "" ? true : [stream] } : {}),
    ...(isRecorded ? { record: true } : {}),
  };
}
