import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { api, type Schemas } from "../api/client.ts";
import { Button } from "../controls/button.tsx";
import { ConfirmDialog } from "../controls/confirm-dialog.tsx";
import { useMay } from "../session/session.ts";

/** Deletes a connection that no pipeline uses, once that was confirmed. */
export function DeleteConnection({ connection: { id, name } }: { connection: Schemas["Connection"] }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const mayDelete = useMay("admin");
  const [isAsked, setAsked] = useState(false);
  const remove = api.useMutation("delete", "/v1/connections/{id}", {
    onSuccess: async () => {
      await navigate({ to: "/connections" });
      await queries.invalidateQueries({ queryKey: ["get", "/v1/connections"] });
    },
  });
  if (!mayDelete) return null;
  return (
    <div>
      <Button variant="danger" icon={Trash2} onClick={() => setAsked(true)}>
        Delete the connection…
      </Button>
      {isAsked ? (
        <ConfirmDialog
          title={`Delete ${name}?`}
          verb="Delete"
          isBusy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate({ params: { path: { id } } })}
          onClose={() => setAsked(false)}
        >
          Its secrets go with it. What it leads to is not touched.
        </ConfirmDialog>
      ) : null}
    </div>
  );
}
