import { useQueryClient } from "@tanstack/react-query";
import { Pause, Play } from "lucide-react";
import { api } from "../api/client.ts";
import { Button } from "../controls/button.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { useMay } from "../session/session.ts";

/** Runs a pipeline now, and pauses or resumes it. */
export function PipelineActions({ id, isPaused, isBusy }: { id: string; isPaused: boolean; isBusy: boolean }) {
  const queries = useQueryClient();
  const refresh = () =>
    queries.invalidateQueries({ predicate: ({ queryKey }) => isAbout(queryKey, ["pipelines", "runs"]) });
  const run = api.useMutation("post", "/v1/pipelines/{id}/runs", { onSuccess: refresh });
  const pause = api.useMutation("post", "/v1/pipelines/{id}/pause", { onSuccess: refresh });
  const resume = api.useMutation("post", "/v1/pipelines/{id}/resume", { onSuccess: refresh });
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

/** Whether a query asks for something of these parts of the API. */
function isAbout(key: readonly unknown[], parts: readonly string[]): boolean {
  return parts.some((part) => String(key[1]).startsWith(`/v1/${part}`));
}
