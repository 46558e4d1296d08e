import type { MemoryName, PlannedStream } from "@sluice/runner";
import type { Memory } from "../store/memories.ts";
import type { RunOptions } from "../store/runs.ts";

/** What a worker tells the process that carries out a run: on stdin, since it holds secrets. */
export type RunAssignment = {
  runId: string;
  /** Holds the run, by the name for this time. */
  worker: string;
  /** States are kept under it. */
  pipelineId: string;
  /** A folder of this machine: where programs with a relative path are, and where connectors are looked for first. */
  folder: string;
  /** Keeps the states of destinations that keep none, and what was pushed. */
  database: string;
  /** What is remembered of the pipeline from earlier runs. */
  memory: Memory;
  /** A pipeline of a sluice.yaml, with both sides configured. */
  settings: unknown;
  options: RunOptions;
  /** It follows what changes, and takes what is pushed, until it is stopped. */
  isLive: boolean;
  /** It has so long to stop in order, once it is asked to or its worker has gone; then its connectors are killed. */
  killAfterMs: number;
};

/** What that process is about to move; connectors by their names and versions. */
export type PlanNotice = { source: string; destination: string; streams: readonly PlannedStream[] };
/** What failed in a way that may pass, and when it is tried again. */
export type RetryNotice = { attempt: number; delay_ms: number; message: string };

/** A text to be remembered, which that process asks of its worker on stdout; the answer is a line on its stdin. */
export type RememberRequest = { number: number; name: MemoryName; text: string };
/** A rejected record to be kept, asked and answered alike; without its message when that is too long. */
export type RejectedRequest = { number: number; stream: string; reason: string; line: string | null };
/** The answer; without a failure the text would survive a crash. */
export type RememberAnswer = { number: number; failure?: { failure_type: string; message: string } | undefined };
/** What a worker tells that process behind its assignment: an answer, or that the run is to stop in order. */
export type WorkerMessage = RememberAnswer | { stop: true };
