import { CheckpointStore } from "@sluice/postgres-kit/checkpoints";

/** The schema of the states of pipelines whose destinations keep none, beside the store's own. */
export const STATES_SCHEMA = "sluice_states";

/** These states; runs read and write them under a lease and an epoch of their own. */
export const ownStates = new CheckpointStore(STATES_SCHEMA);
