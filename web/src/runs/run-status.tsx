import { Badge } from "../controls/badge.tsx";
import { STATUS_TONES, type Run } from "./run-words.ts";

/** How a run is; one that was asked to end says so. */
export function RunStatusBadge({ run }: { run: Pick<Run, "status" | "cancel_requested_at"> }) {
  const { status, cancel_requested_at: cancelledAt } = run;
  return (
    <Badge tone={STATUS_TONES[status]}>{status === "running" && cancelledAt !== null ? "stopping" : status}</Badge>
  );
}
