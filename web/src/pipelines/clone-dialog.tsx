import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, type Schemas } from "../api/client.ts";
import { useReload } from "../api/use-reload.ts";
import { Field } from "../controls/field.tsx";
import { FormDialog } from "../controls/form-dialog.tsx";
import { NameInput } from "../controls/name-input.tsx";

/** Makes a pipeline like another one, and goes to its settings. */
export function CloneDialog({ pipeline, onClose }: { pipeline: Schemas["Pipeline"]; onClose: () => void }) {
  const navigate = useNavigate();
  const reload = useReload("/v1/pipelines");
  const [name, setName] = useState(`${pipeline.name}, copy`);
  const clone = api.useMutation("post", "/v1/pipelines/{id}/clone", {
    onSuccess: async ({ id }) => {
      onClose();
      await reload();
      await navigate({ to: "/pipelines/$pipelineId/settings", params: { pipelineId: id } });
    },
  });
  return (
    <FormDialog
      title="Clone the pipeline"
      verb="Clone"
      isBusy={clone.isPending}
      error={clone.error}
      onSubmit={() => clone.mutateAsync({ params: { path: { id: pipeline.id } }, body: { name: name.trim() } })}
      onClose={onClose}
    >
      <Field
        label="Name"
        help="It writes to the same destination: change that first if both are to run, so that they do not share tables."
      >
        {(control) => <NameInput control={control} value={name} onChange={setName} />}
      </Field>
    </FormDialog>
  );
}
