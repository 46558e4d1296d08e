import type { RunOptions } from "../store/runs.ts";

/** What a worker tells the process that carries out a run: on stdin, since it holds secrets. */
export type RunAssignment = {
  runId: string;
  /** States are kept under it. */
  pipelineId: string;
  /** Where what belongs to the pipeline is kept on this machine. */
  folder: string;
  /** A pipeline of a sluice.yaml, with both sides configured. */
  settings: unknown;
  options: RunOptions;
};
