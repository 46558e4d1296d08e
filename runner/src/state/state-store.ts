import type { StateLine } from "@sluice/protocol/stdio";
import { stateLineOf } from "./state-lines.ts";

/** Who opens a pipeline's states for a run. */
export type OpenOptions = { pipelineId: string; runId: string; force: boolean };

/** The states of a pipeline, held by one run under an epoch that fences all earlier ones. */
export type OpenStates = {
  /** The newest state of each scope, as of now. */
  readonly states: readonly StateLine[];
  /** Resolves once the state is durable. Throws `protocol` when a newer run has taken the pipeline over. */
  put(state: StateLine): Promise<void>;
  /** Lets other runs in. */
  close(): Promise<void>;
};

/** Keeps a pipeline's states between runs, and a bounded history of them. Lines are state messages without LF. */
export type StateStore = {
  /** As a person calls it, such as "the destination" or a folder. */
  name: string;
  /** Throws with exit code 16 while another run holds the pipeline, unless `force` is given. */
  open(options: OpenOptions): Promise<OpenStates>;
  get(pipelineId: string): Promise<string[]>;
  /** Replaces all states under a new epoch, so that a run that is under way can commit no more. */
  set(pipelineId: string, states: readonly StateLine[]): Promise<void>;
  /** Resolves to the states of the past, oldest first, each with `committed_at`. */
  history(pipelineId: string): Promise<string[]>;
};

/** Yields a store that has no states and keeps none, for runs that read everything and leave nothing to go on from. */
export function nowhereStore(): StateStore {
  return {
    name: "nowhere",
    open: async () => ({ states: [], put: async () => {}, close: async () => {} }),
    get: async () => [],
    set: async () => {},
    history: async () => [],
  };
}

/** Yields a store that gives a run its states and keeps none. */
export function frozenStore(store: StateStore): StateStore {
  return {
    name: store.name,
    get: (pipelineId) => store.get(pipelineId),
    history: (pipelineId) => store.history(pipelineId),
    set: (pipelineId, states) => store.set(pipelineId, states),
    async open({ pipelineId }) {
      const states = (await store.get(pipelineId)).map(stateLineOf);
      return { states, put: async () => {}, close: async () => {} };
    },
  };
}
