import { useState } from "react";
import { HOURLY, type ScheduleChoice } from "../schedules/schedule-choice.ts";
import type { StreamSelection } from "../streams/stream-selection.ts";

// what is kept in another shape gets another name, since a tab may outlive the page's version
const KEY = "sluice-new-pipeline-2";

/** What is chosen in the wizard besides its connections, which are in the address. */
export type Choices = {
  /** Of this source; undefined for everything. */
  selection: StreamSelection | undefined;
  schedule: ScheduleChoice;
  /** What the pipeline is to be called; undefined for what is proposed. */
  name: string | undefined;
};

type Kept = Omit<Choices, "selection"> & { source: string; selection: [string, object][] | null };

/** Yields what was chosen for a source, which outlives a reload but not the browser's tab, and how to change it. */
export function useKeptChoices(source: string | undefined): [Choices, (choices: Partial<Choices>) => void] {
  const [state, setState] = useState(() => ({ source, choices: keptFor(source) }));
  // what was chosen of another source does not suit this one
  const choices = state.source === source ? state.choices : { ...state.choices, selection: undefined };
  const change = (changed: Partial<Choices>) => {
    const next = { ...choices, ...changed };
    setState({ source, choices: next });
    const selection = next.selection === undefined ? null : [...next.selection];
    const kept: Kept = { ...next, source: source ?? "", selection };
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  };
  return [choices, change];
}

/** Forgets what was chosen, once it has become a pipeline. */
export function forgetChoices(): void {
  sessionStorage.removeItem(KEY);
}

function keptFor(source: string | undefined): Choices {
  const text = sessionStorage.getItem(KEY);
  const kept = text === null ? undefined : (JSON.parse(text) as Kept);
  if (kept === undefined || kept.source !== source) return { selection: undefined, schedule: HOURLY, name: undefined };
  const { selection, schedule, name } = kept;
  return { selection: selection === null ? undefined : new Map(selection), schedule, name };
}
