export {
  type Catalog,
  type EventType,
  type ListEndpoint,
  type NestedList,
  readCatalog,
  type ThinEventType,
} from "./catalog.ts";
export { catalogVersion } from "./generated/version.ts";
export { catalogOfVersion, listVersions, type LoadOptions } from "./load/load-catalog.ts";
export type { JsonSchema } from "./json-schema.ts";
export { catalogOf } from "./openapi/catalog.ts";
export {
  allStreams,
  type Hidden,
  listStreams,
  type RelistReason,
  type StreamParent,
  type StripeStream,
} from "./stream.ts";
export { typeText } from "./type-text.ts";
