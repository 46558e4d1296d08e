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
  /** Whether a deleted item can still be retrieved, as `{id, object, deleted: true}`. */
  leaves_stub: boolean;
};

/** A list of which an object shows the first items in itself; whether it has more is said by its `has_more`. */
export type NestedList = {
  /** The `object` value of what shows it. */
  parent: string;
  /** Where in the parent it stands: ["lines"]. */
  field: string[];
  /** The `object` value of its items. */
  object: string;
  /** False where it is shown only when it is asked for by `expand`, or where it applies. */
  always: boolean;
  nullable: boolean;
  /** The list of all its items; null where only its own `url` leads there. */
  path: string | null;
  /** The query parameter of `path` that names the parent; null where the path itself does. */
  parameter: string | null;
};

/** A type of snapshot event and the object that its `data.object` carries. */
export type EventType = { type: string; object: string; kind: "create" | "update" | "delete" };

/** A type of thin event, which holds no object but leads to one: of this kind, or to none. */
export type ThinEventType = { type: string; object: string | null; kind: "create" | "update" | "delete" };

/** What the API of one version offers: every list, every object's JSON Schema, every event. */
export type Catalog = {
  api_version: string;
  lists: ListEndpoint[];
  nested_lists: NestedList[];
  schemas: Record<string, JsonSchema>;
  /** Snapshot events. */
  events: EventType[];
  thin_events: ThinEventType[];
};

/** Yields the catalog of the API version `catalogVersion`. It is one object for the whole process: do not change it. */
export function readCatalog(): Catalog {
  return json as Catalog;
}
