import { type Catalog, readCatalog } from "../catalog.ts";
import { Components } from "./components.ts";
import { type OasSchema, type OpenApiDocument, readDocument } from "./document.ts";
import { readEvents } from "./events.ts";
import { readLists } from "./lists.ts";
import { readNestedLists } from "./nested-lists.ts";
import { objectSchema } from "./schemas.ts";

/** Yields the catalog of an OpenAPI document of Stripe's API. Throws `config` for what is none. */
export function catalogOf(value: unknown): Catalog {
  const document = readDocument(value);
  const components = new Components(document);
  const lists = readLists(document, components);
  const { nested, items } = readNestedLists(lists, components);
  const kinds = new Map<string, OasSchema>(carriers(document, components));
  for (const { object, item } of items) kinds.set(object, item);
  for (const { endpoint, item } of lists) kinds.set(endpoint.object, item);
  const events = readEvents(document, kinds);
  const wanted = new Set([...lists.map(({ endpoint }) => endpoint.object), ...nested.map(({ object }) => object)]);
  for (const { object } of events) wanted.add(object);
  const names = [...wanted].filter((name) => kinds.has(name)).toSorted();
  return {
    api_version: document.info.version,
    lists: lists.map(({ endpoint }) => endpoint),
    nested_lists: nested,
    schemas: Object.fromEntries(names.map((name) => [name, objectSchema(components, kinds.get(name) ?? {})])),
    events,
    thin_events: thinEvents(document),
  };
}

/** Every object of the API that the document describes, whether it is listed or not. */
function carriers({ components: { schemas } }: OpenApiDocument, components: Components): [string, OasSchema][] {
  return Object.entries(schemas).flatMap(([name, schema]) => {
    // what stays of a deleted object is no object of its own
    const object = name.startsWith("deleted_") ? undefined : components.objectName(schema);
    return object === undefined ? [] : [[object, { $ref: `#/components/schemas/${name}` }]];
  });
}

/** No document says which thin events there are; where the version has them, they are taken to be the shipped ones. */
function thinEvents({ paths }: OpenApiDocument): Catalog["thin_events"] {
  return paths["/v2/core/events"] === undefined ? [] : readCatalog().thin_events;
}
