export { type Catalog, type EventType, type ListEndpoint, readCatalog } from "./catalog.ts";
export { catalogVersion } from "./generated/version.ts";
export type { JsonSchema } from "./json-schema.ts";
export { listStreams, type StripeStream } from "./stream.ts";
