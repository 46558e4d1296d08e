/** The schema of the states of pipelines whose destinations keep none, beside the store's own. */
export const STATES_SCHEMA = "sluice_states";
