import { Notice } from "../controls/notice.tsx";
import { TroubleNotice } from "../controls/trouble-notice.tsx";
import { haveMovedOn } from "./use-change-states.ts";

/** Tells what kept a change of states from being made; above all that a run, or somebody, has changed them since. */
export function StatesTrouble({ error, remedy }: StatesTroubleProps) {
  if (error === null) return null;
  if (!haveMovedOn(error)) return <TroubleNotice error={error} />;
  return (
    <Notice tone="bad" title="The states have moved on since they were shown">
      <p>Nothing was changed, and nothing of what came since is lost. {remedy}</p>
    </Notice>
  );
}

export type StatesTroubleProps = {
  /** Null for none. */
  error: unknown;
  /** What to do when they have moved on. */
  remedy: string;
};
