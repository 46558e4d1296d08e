import { Pause, Play } from "lucide-react";
import { api } from "../api/client.ts";
import { useReload } from "../api/use-reload.ts";
import { Button } from "../controls/button.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { useMay } from "../session/session.ts";

/** Runs a pipeline now, and pauses or resumes it. */
export function PipelineActions({ id, isPaused, isBusy }: { id: string; isPaused: boolean; isBusy: boolean }) {
  const onSuccess = useReload("/v1/pipelines", "/v1/runs");
  const run = api.useMutation("post", "/v1/pipelines/{id}/runs", { onSuccess });
  const pause = api.useMutation("post", "/v1/pipelines/{id}/pause", { onSuccess });
  const resume = api.useMutation("post", "/v1/pipelines/{id}/resume", { onSuccess });
  const may = useMay("operator");
  const params = { path: { id } };
  if (!may) return null;
  const error = run.error ?? pause.error ?? resume.error;
  return (
    <>
      {error === null ? null : <TroubleNotice error={error} />}
      {isPaused ? (
        <Button icon={Play} isBusy={resume.isPending} onClick={() => resume.mutate({ params })}>
          Resume
        </Button>
      ) : (
        <Button icon={Pause} isBusy={pause.isPending} onClick={() => pause.mutate({ params })}>
          Pause
        </Button>
      )}
      <Button
        variant="primary"
        icon={Play}
        disabled={isPaused || isBusy}
        isBusy={run.isPending}
        onClick={() => run.mutate({ params, body: {} })}
      >
        {isBusy ? "Running" : "Run now"}
      </Button>
    </>
  );
}
