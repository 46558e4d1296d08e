import { useNavigate } from "@tanstack/react-router";
import { OctagonX, Play, RotateCw } from "lucide-react";
import { api } from "../api/client.ts";
import { Button } from "../controls/button.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { useMay } from "../session/session.ts";
import type { Run } from "./run-words.ts";

/** What can be done about a run: to end it while it goes on, to try it again, or to run some of it anew. */
export function RunActions({ run, onRerun }: { run: Run; onRerun: () => void }) {
  const navigate = useNavigate();
  const mayRun = useMay("operator");
  const cancel = api.useMutation("post", "/v1/runs/{id}/cancel");
  const retry = api.useMutation("post", "/v1/runs/{id}/retry", {
    onSuccess: ({ id }) => void navigate({ to: "/runs/$runId", params: { runId: id } }),
  });
  if (!mayRun) return null;
  if (run.ended_at === null)
    return (
      <>
        <Button
          key="cancel"
          variant="danger"
          icon={OctagonX}
          isBusy={cancel.isPending}
          disabled={run.cancel_requested_at !== null}
          onClick={() => cancel.mutate({ params: { path: { id: run.id } } })}
        >
          {run.cancel_requested_at === null ? "Cancel" : "Stopping…"}
        </Button>
        {cancel.error === null ? null : <TroubleNotice error={cancel.error} />}
      </>
    );
  return (
    <>
      <Button key="part" icon={Play} onClick={onRerun}>
        Run a part…
      </Button>
      <Button
        key="retry"
        variant="primary"
        icon={RotateCw}
        isBusy={retry.isPending}
        onClick={() => retry.mutate({ params: { path: { id: run.id } }, body: {} })}
      >
        {run.status === "succeeded" ? "Run again" : "Retry"}
      </Button>
      {retry.error === null ? null : <TroubleNotice error={retry.error} />}
    </>
  );
}
