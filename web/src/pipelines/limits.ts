import type { Schemas } from "../api/client.ts";

type Settings = Schemas["Pipeline"]["settings"];

/** A limit of a pipeline as people set it; `factor` makes of it what is stored. */
export type Limit = { name: string; label: string; help: string; usual: number; min: number; factor: number };

const MS_PER_S = 1000;
const MS_PER_MIN = 60 * MS_PER_S;

export const LIMITS: readonly Limit[] = [
  {
    name: "retries",
    label: "Retries",
    help: "How often a run begins again by itself after a failure that may pass.",
    usual: 5,
    min: 0,
    factor: 1,
  },
  {
    name: "idle_timeout_ms",
    label: "Longest silence, in minutes",
    help: "A run whose source and destination say nothing for so long is failed.",
    usual: 15,
    min: 1,
    factor: MS_PER_MIN,
  },
  {
    name: "progress_timeout_ms",
    label: "Longest time without progress, in minutes",
    help: "Without a record and without a state.",
    usual: 60,
    min: 1,
    factor: MS_PER_MIN,
  },
  {
    name: "grace_ms",
    label: "Time to end in order, in seconds",
    help: "After that, a run that is cancelled is ended by force.",
    usual: 30,
    min: 1,
    factor: MS_PER_S,
  },
];

/** Yields a limit in its unit; undefined where it is the usual one. */
export function limitValue(settings: Settings, { name, factor }: Limit): number | undefined {
  const stored = settings[name];
  return typeof stored === "number" ? stored / factor : undefined;
}

/** Yields settings with another limit; undefined for the usual one. */
export function withLimit(settings: Settings, { name, factor }: Limit, value: number | undefined): Settings {
  const { [name]: _, ...others } = settings;
  return value === undefined ? others : { ...others, [name]: Math.round(value * factor) };
}
