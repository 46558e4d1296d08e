import { useNavigate } from "@tanstack/react-router";
import { useId, useState } from "react";
import { api, type Schemas } from "../api/client.ts";
import { useReload } from "../api/use-reload.ts";
import { Button } from "../controls/button.tsx";
import { Dialog } from "../controls/dialog.tsx";
import { Field } from "../controls/field.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { useOneAtATime } from "../controls/use-one-at-a-time.ts";
import styles from "./delete-dialog.module.css";
import { atVersion } from "./use-save-pipeline.ts";

/** Deletes a pipeline once its name was typed, and goes to the list. */
export function DeleteDialog({ pipeline, onClose }: { pipeline: Schemas["Pipeline"]; onClose: () => void }) {
  const navigate = useNavigate();
  const reload = useReload("/v1/pipelines");
  const form = useId();
  const [typed, setTyped] = useState("");
  const [isTornDown, setTornDown] = useState(false);
  const remove = api.useMutation("delete", "/v1/pipelines/{id}", {
    onSuccess: async () => {
      await navigate({ to: "/pipelines" });
      await reload();
    },
  });
  const submit = useOneAtATime(() => {
    const query = isTornDown ? { teardown: "true" as const } : {};
    return remove.mutateAsync({ params: { ...atVersion(pipeline), query } });
  });
  return (
    <Dialog
      title={`Delete ${pipeline.name}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button
            variant="danger"
            type="submit"
            form={form}
            isBusy={remove.isPending}
            disabled={typed.trim() !== pipeline.name}
          >
            Delete
          </Button>
        </>
      }
    >
      <p>
        Its runs, their logs and its schedules go with it; its connections stay.{" "}
        {isTornDown
          ? "Its tables and their rows are removed, which cannot be undone."
          : "The rows in the destination stay, too."}
      </p>
      <form
        id={form}
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <label className={styles.choice}>
          <input type="checkbox" checked={isTornDown} onChange={({ target }) => setTornDown(target.checked)} />
          <span>
            Remove what was made for it, too
            <small>Its tables in the destination with all of their rows, and what the source was given.</small>
          </span>
        </label>
        <Field label={`Type “${pipeline.name}” to delete it`}>
          {(control) => (
            <input {...control} autoComplete="off" value={typed} onChange={({ target }) => setTyped(target.value)} />
          )}
        </Field>
      </form>
      {remove.error === null ? null : <TroubleNotice error={remove.error} />}
    </Dialog>
  );
}
