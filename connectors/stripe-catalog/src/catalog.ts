import json from "./generated/catalog.json" with { type: "json" };
import type { JsonSchema } from "./json-schema.ts";

/** One list endpoint of the API, top-level or scoped to a parent. */
export type ListEndpoint = {
  path: string;
  /** The `object` value of its items, or the name of their union ("external_account"). */
  object: string;
  /** Whether it can be listed without naming a parent. */
  top_level: boolean;
  path_params: string[];
  required_query: string[];
  pagination: "v1_cursor" | "v2_page_token" | "search";
  /** False where the endpoint answers all items at once and refuses `limit` and cursors. */
  paged: boolean;
  /** Whether it accepts `created[gte]`, `created[gt]`, `created[lte]` and `created[lt]`. */
  created_filter: boolean;
  /** Its query parameters other than page size, cursors, `created` and `expand`. */
  filters: string[];
  /** Where GET of one item is possible: "/v1/customers/{customer}". */
  retrieve_path: string | null;
  delete_path: string | null;
};

/** A type of snapshot event and the object that its `data.object` carries. */
export type EventType = { type: string; object: string; kind: "create" | "update" | "delete" };

/** What the API of one version offers: every list, every object's JSON Schema, every snapshot event. */
export type Catalog = {
  api_version: string;
  lists: ListEndpoint[];
  schemas: Record<string, JsonSchema>;
  events: EventType[];
};

/** Yields the catalog of the API version `catalogVersion`. It is one object for the whole process: do not change it. */
export function readCatalog(): Catalog {
  return json as Catalog;
}
