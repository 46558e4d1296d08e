import type { ListEndpoint, NestedList } from "./catalog.ts";

/**
 * Yields the way to all items of a nested list: the list of the field's name below the object, or a list of such items
 * that takes the object as a parameter.
 */
export function drainOf(
  parent: ListEndpoint,
  { field, object }: Pick<NestedList, "field" | "object">,
  lists: readonly ListEndpoint[],
): Pick<NestedList, "path" | "parameter"> {
  const below = lists.find(({ path }) => unnamed(path) === unnamed(`${parent.retrieve_path}/${field.join("_")}`));
  if (below !== undefined) return { path: below.path, parameter: null };
  const parameter = parent.object.split(".").at(-1) ?? "";
  const takesParent = (list: ListEndpoint) => [...list.filters, ...list.required_query].includes(parameter);
  const other = lists.find((list) => list.object === object && list.path_params.length === 0 && takesParent(list));
  return other === undefined ? { path: null, parameter: null } : { path: other.path, parameter };
}

/** One path may call a parameter {id} that another calls {customer}. */
function unnamed(path: string): string {
  return path.replaceAll(/\{\w+\}/g, "{}");
}

/** Orders nested lists by what they are in. */
export function byParent(one: NestedList, other: NestedList): number {
  const key = ({ parent, field }: NestedList) => `${parent} ${field.join(".")}`;
  return key(one) < key(other) ? -1 : 1;
}
