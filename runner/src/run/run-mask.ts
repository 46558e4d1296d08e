import { FailureType } from "@sluice/protocol";
import { masked } from "../side/masked.ts";
import type { Side } from "../side/side.ts";
import type { RunEvent } from "./run.ts";
import type { Summary } from "./summary.ts";

/** Words that programs compare; a text that is nothing else tells no secret, though somebody's password be the same. */
const WORDS: readonly string[] = [
  ...FailureType.options,
  ...["progress", "log", "stream_status", "committed", "retry"],
  ...["source", "destination", "runner"],
  ...["debug", "info", "warn", "error"],
  ...["started", "running", "complete", "incomplete", "skipped", "failed", "waiting"],
  ...["succeeded", "partial", "stopped"],
];

export type RunMaskOptions = { source: Side; destination: Side; pipelineId: string; runId: string };

/**
 * Masks the secrets of both sides in all that a run tells anybody: the one way out for its events and its summary. A
 * state that is committed stays as it is, since it has to be stored as it is; nobody prints it.
 */
export class RunMask {
  readonly #mask: (text: string) => string;

  constructor({ source, destination, pipelineId, runId }: RunMaskOptions) {
    const words = new Set([...WORDS, pipelineId, runId]);
    this.#mask = (text) => (words.has(text) ? text : source.mask(destination.mask(text)));
  }

  event(event: RunEvent): RunEvent {
    return event.type === "committed" ? event : masked(event, this.#mask);
  }

  summary(summary: Summary): Summary {
    return masked(summary, this.#mask);
  }
}
