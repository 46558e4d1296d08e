import type { Source } from "@sluice/protocol/stdio";
import { Config } from "./config.ts";

/** A run asks for `spec` before anything else: what only the other verbs need is loaded with them, a third of a start. */
const verbs = () => import("./verbs.ts");

/** Reads every list of a Stripe account and follows its events; see docs/connectors/source-stripe.md. */
export const source: Source<Config> = {
  name: "source-stripe",
  version: "0.1.0",
  description: "Reads everything a Stripe account can list.",
  capabilities: {
    incremental: true,
    live: true,
    inputs: true,
    time_range: true,
    resumable_full_refresh: true,
    versions: true,
  },
  config: Config,
  check: async (config) => (await verbs()).check(config),
  discover: async (config) => (await verbs()).discover(config),
  streams: async (config) => (await verbs()).streams(config),
  setup: async (config, options) => (await verbs()).setUpEndpoint(config, options),
  teardown: async (config, options) => (await verbs()).tearDownEndpoint(config, options),
  async *read(config, context) {
    yield* (await verbs()).read(config, context);
  },
};
