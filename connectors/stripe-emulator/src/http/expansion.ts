import type { Catalog, JsonSchema } from "@sluice/stripe-catalog";
import { EMBEDDED_LIMIT, listObject } from "../data/embedded-list.ts";
import { PARENT } from "../store/collection.ts";
import type { Store } from "../store/store.ts";
import type { StripeObject } from "../stripe-object.ts";
import { invalidParameter } from "./api-error.ts";
import { type RawQuery, rootOf } from "./raw-query.ts";

const MAX_LEVELS = 4;

/** Yields the fields that a query wants expanded, each as the names that lead there from an object. */
export function readExpansion(
  query: RawQuery,
  kind: string,
  { isList, catalog }: { isList: boolean; catalog: Catalog },
) {
  const values = Object.keys(query)
    .filter((name) => rootOf(name) === "expand")
    .flatMap((name) => query[name] ?? []);
  return values.map((value) => {
    const names = value.split(".");
    if (names.length > MAX_LEVELS)
      throw invalidParameter(
        "expand",
        "You cannot expand more than 4 levels of a property.",
        "property_expansion_max_depth",
      );
    if (isList && names[0] !== "data")
      throw invalidParameter(
        "expand",
        `This property cannot be expanded (${value}). You may want to try expanding 'data.${value}' instead.`,
      );
    const path = isList ? names.slice(1) : names;
    if (path.length === 0 || !canExpand(schemaOf(catalog, kind), path)) throw notExpandable(value);
    return path;
  });
}

/** Yields the object with these fields in full; fields that are null or not there stay so. */
export function expanded(store: Store, object: StripeObject, paths: readonly string[][]): StripeObject {
  return paths.reduce((whole, path) => expandIn(store, whole, { path, owner: whole }), object);
}

type Step = { path: readonly string[]; owner: StripeObject; field?: readonly string[] };

function expandIn<T extends object>(store: Store, holder: T, { path, owner, field = [] }: Step): T {
  const [name = "", ...rest] = path;
  const at = [...field, name];
  const present: unknown = Reflect.get(holder, name);
  const value = present === undefined ? embeddedList(store, owner, at) : present;
  if (value === undefined) return holder;
  return { ...holder, [name]: expandValue(store, value, { path: rest, owner, field: at }) };
}

function expandValue(store: Store, value: unknown, step: Step): unknown {
  if (Array.isArray(value)) return value.map((each) => expandValue(store, each, step));
  if (typeof value === "string") {
    const object = store.find(value)?.entry.make() ?? store.tombstone(value);
    if (object === undefined) return value;
    return step.path.length === 0 ? object : expandIn(store, object, { path: step.path, owner: object });
  }
  if (typeof value !== "object" || value === null || step.path.length === 0) return value;
  const inner = isObject(value) ? { path: step.path, owner: value } : step;
  return expandIn(store, value, inner);
}

/** Yields the start of a list that an object shows only when it is asked for. */
function embeddedList(store: Store, owner: StripeObject, field: readonly string[]) {
  const nested = store.catalog.nested_lists.find(
    (list) => list.parent === owner.object && list.field.join(".") === field.join("."),
  );
  const path = nested?.path ?? null;
  const plan = store.dataset.plans.find(({ list }) => list !== undefined && list.path === path);
  if (nested === undefined || path === null || plan === undefined) return undefined;
  const collection = store.collection(plan.view?.stream ?? plan.name);
  const key = plan.parent === undefined ? (nested.parameter ?? PARENT) : (plan.view?.field ?? PARENT);
  const all = collection.matching(key, owner.id).filter((entry) => !collection.hides(entry));
  const data = all.slice(-EMBEDDED_LIMIT).map((entry) => entry.make());
  const url = nested.parameter === null ? path.replace(/\{\w+\}/, owner.id) : `${path}?${nested.parameter}=${owner.id}`;
  return listObject(data.reverse(), all.length > EMBEDDED_LIMIT, url);
}

/** Yields whether a path leads to something that can be expanded, or through an object whose kind the schema does not say. */
function canExpand(schema: JsonSchema | undefined, path: readonly string[]): boolean {
  const [name = "", ...rest] = path;
  const member = schema?.properties?.[name] ?? schema?.anyOf?.map((each) => each.properties?.[name]).find(Boolean);
  if (member === undefined) return false;
  const value = member.items ?? member;
  const isReference = value.anyOf?.some(({ type }) => type === "string") === true;
  const isNestedList = value.properties?.["has_more"] !== undefined;
  if (rest.length === 0) return isReference || isNestedList;
  return isReference || isOpenObject(value) || canExpand(value, rest);
}

function isOpenObject({ type, properties }: JsonSchema): boolean {
  return properties === undefined && [type].flat().includes("object");
}

function schemaOf({ schemas }: Catalog, kind: string): JsonSchema | undefined {
  // what an event carries is as it was, and cannot be expanded
  return kind === "event" ? {} : schemas[kind];
}

function isObject(value: object): value is StripeObject {
  return typeof Reflect.get(value, "id") === "string" && typeof Reflect.get(value, "object") === "string";
}

function notExpandable(value: string) {
  return invalidParameter("expand", `This property cannot be expanded (${value}).`);
}
