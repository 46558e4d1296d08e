import type { RunEvent } from "../run/run.ts";
import type { Summary } from "../run/summary.ts";

/** Shows a run to somebody: a person at a terminal, a person who reads a log, or a program. */
export type Reporter = {
  /** A run begins: what it moves, in a few words. */
  start(title: string): void;
  event(event: RunEvent): void;
  end(summary: Summary): Promise<void>;
};
