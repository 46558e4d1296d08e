import { PostgresStore, type StateStore } from "@sluice/runner";

/** Yields where the states of pipelines are whose destinations keep none: beside the store's own tables. */
export function ownStatesIn(connectionString: string): StateStore {
  return new PostgresStore({ connectionString, schema: "sluice_states" });
}
