import { allStreams, catalogOfVersion, type Catalog, type StripeStream } from "@sluice/stripe-catalog";
import { fetch } from "undici";
import type { Config } from "./config.ts";
import { proxyAgentOf } from "./dispatcher.ts";

/** What the API of a version offers: its catalog, and each list as a stream. */
export type Offer = { catalog: Catalog; streams: StripeStream[] };

/**
 * Resolves to what the configured version of the API offers. Rejects with `config` when the schemas of just this
 * version cannot be had: another version's are no substitute.
 */
export async function offerOf(config: Config, signal?: AbortSignal): Promise<Offer> {
  const catalog = await catalogThrough(config, signal);
  return { catalog, streams: allStreams(catalog) };
}

/** Documents come through the proxy as well. */
async function catalogThrough(config: Config, signal: AbortSignal | undefined): Promise<Catalog> {
  const { api_version: version, openapi: location, proxy } = config;
  if (proxy === undefined) return catalogOfVersion(version, { location, signal });
  const closing = new AbortController();
  const dispatcher = proxyAgentOf(proxy, config, closing.signal);
  try {
    return await catalogOfVersion(version, {
      location,
      signal,
      fetch: (address, options) => fetch(address, { ...options, dispatcher }),
    });
  } finally {
    await dispatcher.destroy();
    closing.abort();
  }
}
