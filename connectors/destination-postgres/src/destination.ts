import type { Destination } from "@sluice/protocol/stdio";
import { Config } from "./config.ts";

/** A run asks for `spec` before anything else: what only the other verbs need is loaded with them. */
const verbs = () => import("./verbs.ts");

/** Loads records into typed Postgres tables; see docs/connectors/destination-postgres.md. */
export const destination: Destination<Config> = {
  name: "destination-postgres",
  version: "0.1.0",
  description: "Loads records into typed Postgres tables.",
  capabilities: {
    modes: ["append", "merge", "overwrite", "history"],
    deletes: "soft",
    transactional_checkpoints: true,
    fencing: true,
    schema_evolution: true,
    sweep: true,
  },
  config: Config,
  check: async (config) => (await verbs()).check(config),
  setup: async (config, options) => (await verbs()).setup(config, options),
  teardown: async (config, options) => (await verbs()).teardown(config, options),
  receive: async (config, context) => (await verbs()).openReceiver(config, context),
  checkpoints: {
    get: async (...args) => (await verbs()).checkpoints.get(...args),
    history: async (...args) => (await verbs()).checkpoints.history(...args),
    set: async (...args) => (await verbs()).checkpoints.set(...args),
    clear: async (...args) => (await verbs()).checkpoints.clear(...args),
  },
};
