import { type Catalog, type ListEndpoint, readCatalog } from "./catalog.ts";
import type { JsonSchema } from "./json-schema.ts";
import { eventsOfUnlisted, streamOverlay } from "./overlay.ts";

/** A top-level list as a stream of records. */
export type StripeStream = {
  /** Named after its path: /v1/issuing/cards is issuing_cards. */
  name: string;
  path: string;
  object: string;
  /** False where the list answers all items at once and refuses `limit` and cursors. */
  paged: boolean;
  created_filter: boolean;
  /** The item's field that the `created` filter compares; null without a filter and where an item may lack the field. */
  created_field: "created" | "date" | null;
  primary_key: string[];
  /** Query parameters without which the list leaves objects out. */
  list_params: Record<string, string>;
  retrieve_path: string | null;
  /** Event types whose `data.object` is an item of this list. */
  events: string[];
  /** Whether items can vanish, and whether an event tells of it. */
  deletable: "never" | "with_event" | "silently";
  /** Draft 2020-12 schema of one item. */
  json_schema: JsonSchema;
};

/** Yields each v1 list that needs no parent as a stream, sorted by name. */
export function listStreams(): StripeStream[] {
  const catalog = readCatalog();
  return catalog.lists
    .filter(({ top_level, pagination }) => top_level && pagination === "v1_cursor")
    .map((list) => streamOf(list, catalog))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function streamOf(list: ListEndpoint, { schemas, events }: Catalog): StripeStream {
  const { path, object, paged, created_filter, retrieve_path } = list;
  const schema = schemas[object] ?? {};
  const own = events.filter((event) => event.object === object && !eventsOfUnlisted.has(event.type));
  const name = path.split("/").slice(2).join("_");
  return {
    name,
    path,
    object,
    paged,
    created_filter,
    created_field: created_filter && hasAlways(schema, "created") ? "created" : null,
    primary_key: ["id"],
    list_params: {},
    retrieve_path,
    events: own.map(({ type }) => type),
    deletable: own.some(({ kind }) => kind === "delete") ? "with_event" : list.delete_path ? "silently" : "never",
    ...streamOverlay[name],
    json_schema: { $schema: "https://json-schema.org/draft/2020-12/schema", ...schema },
  };
}

function hasAlways(schema: JsonSchema, field: string): boolean {
  return schema.required?.includes(field) === true && schema.properties?.[field]?.type === "integer";
}
