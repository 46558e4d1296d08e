import { allStreams, catalogOfVersion, type Catalog, type StripeStream } from "@sluice/stripe-catalog";
import type { Config } from "./config.ts";

/** What the API of a version offers: its catalog, and each list as a stream. */
export type Offer = { catalog: Catalog; streams: StripeStream[] };

/**
 * Resolves to what the configured version of the API offers. Rejects with `config` when the schemas of just this
 * version cannot be had: another version's are no substitute.
 */
export async function offerOf({ api_version: version, openapi }: Config, signal?: AbortSignal): Promise<Offer> {
  const catalog = await catalogOfVersion(version, { location: openapi, signal });
  return { catalog, streams: allStreams(catalog) };
}
