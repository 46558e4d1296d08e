import type { ListEndpoint, NestedList } from "../catalog.ts";
import { byParent, drainOf } from "../drain.ts";
import type { Components } from "./components.ts";
import type { OasSchema } from "./document.ts";
import type { List } from "./lists.ts";

type Place = { components: Components; open: readonly string[]; field: string[]; always: boolean };
type Embedded = Pick<NestedList, "field" | "object" | "always" | "nullable"> & { item: OasSchema };

/** Yields each list that an object of a top-level list shows the start of, with the schema of its items. */
export function readNestedLists(lists: readonly List[], components: Components) {
  const endpoints = lists.map(({ endpoint }) => endpoint);
  const found = lists
    .filter(({ endpoint }) => endpoint.top_level)
    .flatMap((list) => embeddedIn(components, list).map((embedded) => ({ embedded, parent: list.endpoint })));
  return {
    nested: found.map(({ embedded, parent }) => nestedList(embedded, parent, endpoints)).toSorted(byParent),
    items: found.map(({ embedded }) => ({ object: embedded.object, item: embedded.item })),
  };
}

function nestedList({ item: _, ...embedded }: Embedded, parent: ListEndpoint, lists: ListEndpoint[]): NestedList {
  const { field, object, always, nullable } = embedded;
  return { parent: parent.object, field, object, always, nullable, ...drainOf(parent, embedded, lists) };
}

function embeddedIn(components: Components, { item }: List): Embedded[] {
  const { schema, name } = components.resolve(item);
  return membersOf({ components, open: [name ?? ""], field: [], always: true }, schema);
}

function membersOf(place: Place, { properties = {}, required = [] }: OasSchema): Embedded[] {
  return Object.entries(properties).flatMap(([name, member]) => {
    const always = place.always && required.includes(name);
    return valueOf({ ...place, field: [...place.field, name], always }, member);
  });
}

function valueOf(place: Place, member: OasSchema): Embedded[] {
  const { components, field, always } = place;
  const nullable = member.nullable === true;
  const [only, ...others] = components.variants(member) ?? [member];
  if (only === undefined || others.length > 0) return [];
  const item = components.listItem(only);
  const object = item && components.objectName(item);
  if (item !== undefined && object !== undefined) return [{ field, object, always, nullable, item }];
  const { schema, name = "" } = components.resolve(only);
  if (components.objectName(schema) !== undefined || place.open.includes(name)) return [];
  const open = name === "" ? place.open : [...place.open, name];
  return membersOf({ ...place, open, always: always && !nullable }, schema);
}
