import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useId, useState } from "react";
import { api, type Schemas } from "../api/client.ts";
import { Button } from "../controls/button.tsx";
import { Dialog } from "../controls/dialog.tsx";
import { Field } from "../controls/field.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { invalidatePipelines } from "./use-save-pipeline.ts";

/** Makes a pipeline like another one, and goes to its settings. */
export function CloneDialog({ pipeline, onClose }: { pipeline: Schemas["Pipeline"]; onClose: () => void }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const form = useId();
  const [name, setName] = useState(`${pipeline.name}, copy`);
  const clone = api.useMutation("post", "/v1/pipelines/{id}/clone", {
    onSuccess: async ({ id }) => {
      onClose();
      await invalidatePipelines(queries);
      await navigate({ to: "/pipelines/$pipelineId/settings", params: { pipelineId: id } });
    },
  });
  return (
    <Dialog
      title="Clone the pipeline"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button variant="primary" type="submit" form={form} isBusy={clone.isPending}>
            Clone
          </Button>
        </>
      }
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          clone.mutate({ params: { path: { id: pipeline.id } }, body: { name: name.trim() } });
        }}
      >
        <Field
          label="Name"
          help="It writes to the same destination: change that first if both are to run, so that they do not share tables."
        >
          {(control) => (
            <input
              {...control}
              required
              maxLength={200}
              value={name}
              onChange={({ target }) => setName(target.value)}
            />
          )}
        </Field>
      </form>
      {clone.error === null ? null : <TroubleNotice error={clone.error} />}
    </Dialog>
  );
}
