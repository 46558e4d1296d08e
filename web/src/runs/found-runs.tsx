import { isLasting } from "../api/problem.ts";
import { EmptyState } from "../controls/empty-state.tsx";
import { Pending } from "../controls/pending.tsx";
import { RunList } from "./run-list.tsx";
import { useRuns, type RunFilter } from "./use-runs.ts";

/** The runs that a filter leaves, or what there is instead of them. */
export function FoundRuns({ filter, pipelineNames }: FoundRunsProps) {
  const { runs, error, hasMore, more, retry } = useRuns(filter);
  if (runs === undefined || isLasting(error)) return <Pending what="runs" error={error} onRetry={retry} />;
  if (runs.length === 0)
    return filter.status === undefined ? (
      <EmptyState title="No runs yet" explanation="A pipeline runs by its schedule, or when somebody starts it." />
    ) : (
      <EmptyState title={`No run is ${filter.status}`} explanation="Choose another status to see the others." />
    );
  return <RunList runs={runs} pipelineNames={pipelineNames} hasMore={hasMore} onEnd={more} />;
}

export type FoundRunsProps = { filter: RunFilter; pipelineNames: ReadonlyMap<string, string> | undefined };
