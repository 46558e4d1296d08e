import type { Destination } from "@sluice/protocol/stdio";
import { Config } from "./config.ts";

/** A run asks for `spec` before anything else: Google's client is loaded with the other verbs. */
const verbs = () => import("./verbs.ts");

/** Keeps records in a Google spreadsheet; see docs/connectors/destination-google-sheets.md. */
export const destination: Destination<Config> = {
  name: "destination-google-sheets",
  version: "0.1.0",
  description: "Keeps records in a Google spreadsheet, a tab for each stream.",
  capabilities: {
    modes: ["append", "merge", "overwrite"],
    deletes: "hard",
    transactional_checkpoints: true,
    fencing: true,
    schema_evolution: true,
  },
  config: Config,
  check: async (config) => (await verbs()).check(config),
  setup: async (config, options) => (await verbs()).setUp(config, options),
  teardown: async (config, options) => (await verbs()).tearDown(config, options),
  receive: async (config, context) => (await verbs()).openReceiver(config, context),
  checkpoints: {
    get: async (...args) => (await verbs()).checkpoints.get(...args),
    set: async (...args) => (await verbs()).checkpoints.set(...args),
    clear: async (...args) => (await verbs()).checkpoints.clear(...args),
  },
};
