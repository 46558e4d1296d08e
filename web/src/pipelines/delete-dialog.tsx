import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useId, useState } from "react";
import { api, type Schemas } from "../api/client.ts";
import { Button } from "../controls/button.tsx";
import { Dialog } from "../controls/dialog.tsx";
import { Field } from "../controls/field.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { atVersion, invalidatePipelines } from "./use-save-pipeline.ts";

/** Deletes a pipeline once its name was typed, and goes to the list. */
export function DeleteDialog({ pipeline, onClose }: { pipeline: Schemas["Pipeline"]; onClose: () => void }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const form = useId();
  const [typed, setTyped] = useState("");
  const remove = api.useMutation("delete", "/v1/pipelines/{id}", {
    onSuccess: async () => {
      await navigate({ to: "/pipelines" });
      await invalidatePipelines(queries);
    },
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
        Its runs, their logs and its schedules go with it. The rows in the destination stay, and so do its connections.
      </p>
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          remove.mutate({ params: atVersion(pipeline) });
        }}
      >
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
