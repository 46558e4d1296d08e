import { type Catalog, type EventType, type ListEndpoint, readCatalog } from "./catalog.ts";
import type { JsonSchema } from "./json-schema.ts";
import { nestedStreams } from "./nested-stream.ts";
import { eventsOfUnlisted, hiddenFromLists, streamOverlay, unreliableEvents } from "./overlay.ts";

/** A list as a stream of records: a top-level one, or one that objects of another stream show the start of. */
export type StripeStream = {
  /** Named after its path: /v1/issuing/cards is issuing_cards; a nested list after its parent and field: invoices_lines. */
  name: string;
  /** Where the list is; below a parent with its parameter in it: /v1/invoices/{invoice}/lines. */
  path: string;
  object: string;
  pagination: "v1_cursor" | "v2_page_token";
  /** False where the list answers all items at once and refuses `limit` and cursors. */
  paged: boolean;
  /** The most items that a page may hold. */
  page_size: number;
  /** Whether it takes `created[gte]` and so on: whole seconds in version 1, RFC 3339 in version 2. */
  created_filter: boolean;
  /** The item's field that the `created` filter compares; null without a filter and where an item may lack the field. */
  created_field: "created" | "date" | null;
  primary_key: string[];
  /** Query parameters without which the list leaves objects out. */
  list_params: Record<string, string>;
  /** More walks through the list, each with these parameters, for what one walk cannot show. */
  more_passes: Record<string, string>[];
  retrieve_path: string | null;
  /** Event types whose `data.object` is an item of this list; of a nested list, also those of its parent. */
  events: string[];
  /** Types of thin events that lead to an item of this list. */
  thin_events: string[];
  /** Whether items can vanish, and whether an event tells of it. */
  deletable: "never" | "with_event" | "silently";
  /** Whether a deleted item can still be retrieved, as `{id, object, deleted: true}`. */
  leaves_stub: boolean;
  /** Objects that exist and that no walk through the list shows. */
  hides: Hidden[];
  /** Why events do not keep the stream complete, so that the whole list has to be read again now and then. */
  relist: RelistReason[];
  /** What the list is nested in; null for a top-level list. */
  parent: StreamParent | null;
  /** Draft 2020-12 schema of one item; of a nested list with the parent's id as its first member. */
  json_schema: JsonSchema;
};

export type Hidden = "deleted" | "on_test_clock" | "inline" | "custom_type" | "closed" | "of_customers";

export type RelistReason =
  "no_events" | "no_creation_event" | "no_update_event" | "silent_deletes" | "unreliable_events";

/** How a nested list hangs on the stream that shows its start. */
export type StreamParent = {
  stream: string;
  object: string;
  /** Where in the parent the list stands: ["lines"]. */
  field: string[];
  /** False where the parent shows it only when it is asked for by `expand`, or where it applies. */
  always: boolean;
  /** What to expand in a list of parents so that it is shown: "data.line_items". */
  expand: string;
  /** The member with the parent's id that is spliced into each item: "invoice_id". */
  key: string;
  /** The query parameter that names the parent; null where the path does, or where only the list's `url` leads there. */
  parameter: string | null;
};

type Telling = Pick<EventType, "type" | "kind">;

const schemaDialect = "https://json-schema.org/draft/2020-12/schema";

/** Yields each v1 list that needs no parent as a stream, sorted by name. */
export function listStreams(catalog: Catalog = readCatalog()): StripeStream[] {
  return topLevelStreams(catalog).filter(({ pagination }) => pagination === "v1_cursor");
}

/** Yields every stream, sorted by name: the v1 and v2 lists that need no parent, and what only their objects list. */
export function allStreams(catalog: Catalog = readCatalog()): StripeStream[] {
  const streams = topLevelStreams(catalog);
  return [...streams, ...nestedStreams(catalog, streams)].toSorted(byName);
}

function topLevelStreams(catalog: Catalog): StripeStream[] {
  return catalog.lists
    .filter(({ top_level, pagination }) => top_level && pagination !== "search")
    .map((list) => streamOf(list, catalog))
    .toSorted(byName);
}

function byName(one: StripeStream, other: StripeStream): number {
  return one.name < other.name ? -1 : 1;
}

function streamOf(list: ListEndpoint, catalog: Catalog): StripeStream {
  const { path, object, paged, created_filter, retrieve_path, leaves_stub } = list;
  const pagination = list.pagination === "search" ? "v1_cursor" : list.pagination;
  const schema = catalog.schemas[object] ?? {};
  const own = catalog.events.filter((event) => event.object === object && !eventsOfUnlisted.has(event.type));
  const thin = catalog.thin_events.filter(
    (event) => event.object === object && !eventsOfUnlisted.has(event.type.slice(3)),
  );
  const telling = pagination === "v1_cursor" ? own : thin;
  const name = streamName(path);
  const deletable = telling.some(({ kind }) => kind === "delete")
    ? "with_event"
    : list.delete_path
      ? "silently"
      : "never";
  const stream: StripeStream = {
    name,
    path,
    object,
    pagination,
    paged,
    page_size: pagination === "v1_cursor" ? 100 : 20,
    created_filter,
    created_field: created_filter && hasAlways(schema, "created") ? "created" : null,
    primary_key: ["id"],
    list_params: {},
    more_passes: [],
    retrieve_path,
    events: own.map(({ type }) => type),
    thin_events: thin.map(({ type }) => type),
    deletable,
    leaves_stub,
    hides: hiddenFromLists[name] ?? [],
    relist: [],
    parent: null,
    ...streamOverlay[name],
    json_schema: { $schema: schemaDialect, ...schema },
  };
  return { ...stream, relist: relistReasons(stream, telling) };
}

function relistReasons({ name, deletable }: StripeStream, events: readonly Telling[]): RelistReason[] {
  // what happened does not change and is not deleted; it is read by its time
  if (name === "events" || name === "v2_core_events") return [];
  const reasons: RelistReason[] = events.length === 0 ? ["no_events"] : [];
  if (events.length > 0 && !events.some(({ kind }) => kind === "create")) reasons.push("no_creation_event");
  if (events.length > 0 && !events.some(({ type }) => type.endsWith(".updated"))) reasons.push("no_update_event");
  if (deletable === "silently") reasons.push("silent_deletes");
  if (unreliableEvents.has(name)) reasons.push("unreliable_events");
  return reasons;
}

/** "/v1/issuing/cards" gives "issuing_cards", "/v2/core/accounts" gives "v2_core_accounts". */
function streamName(path: string): string {
  const [version, ...words] = path.split("/").slice(1);
  return [...(version === "v1" ? [] : [version]), ...words].join("_");
}

function hasAlways(schema: JsonSchema, field: string): boolean {
  const type = schema.properties?.[field]?.type;
  return schema.required?.includes(field) === true && (type === "integer" || type === "string");
}
