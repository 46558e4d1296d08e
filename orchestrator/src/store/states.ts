import { CheckpointStore } from "@sluice/postgres-kit/checkpoints";
import { PostgresStore, type StateStore } from "@sluice/runner";

const SCHEMA = "sluice_states";

/** The states of pipelines whose destinations keep none; runs read and write them under a lease and an epoch of their own. */
export const ownStates = new CheckpointStore(SCHEMA);

/** Yields these states as a run and the API take them. */
export function ownStatesIn(connectionString: string): StateStore {
  return new PostgresStore({ connectionString, schema: SCHEMA });
}
