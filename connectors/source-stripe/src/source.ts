import type { Source } from "@sluice/protocol/stdio";
import { Config } from "./config.ts";

/**
 * Reads every list of a Stripe account and follows its events; see docs/connectors/source-stripe.md. What a verb takes is
 * loaded when it is called, so that `spec` starts without it.
 */
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
  check: async (config) => (await import("./inspection.ts")).check(config),
  discover: async (config) => (await import("./inspection.ts")).discover(config),
  streams: async (config) => (await import("./inspection.ts")).offered(config),
  setup: async (config, options) => (await import("./live/endpoint.ts")).setUpEndpoint(config, options),
  teardown: async (config, options) => (await import("./live/endpoint.ts")).tearDownEndpoint(config, options),
  async *read(config, context) {
    const { read } = await import("./read.ts");
    yield* read(config, context);
  },
};
