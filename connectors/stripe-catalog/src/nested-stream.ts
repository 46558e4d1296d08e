import type { Catalog, NestedList } from "./catalog.ts";
import type { JsonSchema } from "./json-schema.ts";
import { nestedBesideTopLevel } from "./overlay.ts";
import type { StripeStream } from "./stream.ts";

/**
 * Yields each nested list as a stream, but for those whose items a top-level list shows anyway: a charge's refunds are
 * in the stream `refunds`.
 */
export function nestedStreams(catalog: Catalog, topLevel: readonly StripeStream[]): StripeStream[] {
  const listed = new Set(topLevel.map(({ object }) => object));
  return catalog.nested_lists.flatMap((nested) => {
    const parent = topLevel.find(({ object, pagination }) => object === nested.parent && pagination === "v1_cursor");
    const isCovered = listed.has(nested.object) && !nestedBesideTopLevel.has(nested.object);
    return parent === undefined || isCovered ? [] : [streamOf(nested, parent, catalog)];
  });
}

function streamOf(nested: NestedList, parent: StripeStream, { schemas, events }: Catalog): StripeStream {
  const own = events.filter(({ object }) => object === nested.object).map(({ type }) => type);
  const key = `${nested.parent.replaceAll(".", "_")}_id`;
  return {
    name: `${parent.name}_${nested.field.join("_")}`,
    path: nested.path ?? `${parent.path}/{${nested.parent.split(".").at(-1)}}`,
    object: nested.object,
    pagination: "v1_cursor",
    paged: true,
    page_size: 100,
    created_filter: false,
    created_field: null,
    primary_key: ["id"],
    list_params: {},
    more_passes: [],
    retrieve_path: null,
    events: [...new Set([...own, ...parent.events])].toSorted(),
    thin_events: [],
    // an item that a later state of its parent does not list is gone
    deletable: "silently",
    leaves_stub: false,
    hides: [],
    relist: parent.relist,
    parent: {
      stream: parent.name,
      object: nested.parent,
      field: nested.field,
      always: nested.always,
      expand: `data.${nested.field.join(".")}`,
      key,
      parameter: nested.parameter,
    },
    json_schema: withParent(schemas[nested.object] ?? {}, key),
  };
}

/** Yields the schema of an item with the parent's id as its first member. */
function withParent(schema: JsonSchema, key: string): JsonSchema {
  const dialect = { $schema: "https://json-schema.org/draft/2020-12/schema" };
  if (schema.anyOf !== undefined) return { ...dialect, anyOf: schema.anyOf.map((each) => withMember(each, key)) };
  return { ...dialect, ...withMember(schema, key) };
}

function withMember(schema: JsonSchema, key: string): JsonSchema {
  const properties = { [key]: { type: "string" }, ...schema.properties };
  return { ...schema, properties, required: [key, ...(schema.required ?? [])] };
}
