import type { RunEvent } from "../run/run.ts";
import type { Summary } from "../run/summary.ts";

/** Shows a run to somebody: a person at a terminal, a person who reads a log, or a program. */
export type Reporter = {
  /** A run begins: what it moves, in a few words. */
  start(title: string): void;
  /** Resolves when there is room for the next one. */
  event(event: RunEvent): Promise<void> | void;
  end(summary: Summary): Promise<void>;
};
