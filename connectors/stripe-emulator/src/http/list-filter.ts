import type { Catalog } from "@sluice/stripe-catalog";
import { type StreamPlan, parentQuery } from "../data/stream-plan.ts";
import { invalidParameter } from "./api-error.ts";
import { type RawQuery, rootOf } from "./raw-query.ts";

/** A field, dotted where it is inside another, and the texts of which it must show one. */
export type Filter = { field: string; values: readonly string[]; isWildcard?: boolean };

const MAX_EVENT_TYPES = 20;

/** Lists whose `status` may also be "all", which is no object's own. */
const KNOW_STATUS_ALL = ["subscriptions", "tax_registrations"];

/** Filters that look inside an object, or at a field of another name. */
const FIELDS: Record<string, string> = {
  "invoices.subscription": "parent.subscription_details.subscription",
  "promotion_codes.coupon": "promotion.coupon",
  "tax_ids.owner": "owner.type",
  "products.ids": "id",
  "prices.lookup_keys": "lookup_key",
};

/**
 * Yields the filters that a query sets, and whether it asks for what the list hides. Throws a refusal for a filter that
 * the emulator does not apply, so that nobody takes an unfiltered list for a filtered one.
 */
export function readFilters(plan: StreamPlan, query: RawQuery, catalog: Catalog) {
  const known = plan.list?.filters ?? [];
  const isParent = (name: string) => plan.list !== undefined && parentQuery(plan.list) === name;
  const given = Object.entries(query).filter(([name]) => known.includes(rootOf(name)) && !isParent(rootOf(name)));
  if (plan.name === "events") return { filters: eventFilters(query), includeHidden: false };
  if (plan.name === "v2_core_events") return { filters: thinEventFilters(query), includeHidden: false };
  const status = KNOW_STATUS_ALL.includes(plan.name) ? query["status"] : undefined;
  const filters = given
    .filter(([name]) => name !== "status" || status !== "all")
    .map(([name, value]) => filterOf(plan, catalog, [name, value]));
  return { filters, includeHidden: status !== undefined || (plan.name === "v2_core_accounts" && "closed" in query) };
}

function filterOf(plan: StreamPlan, catalog: Catalog, [name, value]: [string, RawQuery[string]]): Filter {
  const parameter = withoutIndex(name);
  const values = [value ?? ""].flat();
  const known = FIELDS[`${plan.name}.${parameter}`];
  if (known !== undefined) return { field: known, values };
  const required = plan.list?.required_query.includes(rootOf(name));
  const isOwn = catalog.schemas[plan.object]?.properties?.[parameter] !== undefined && name === parameter;
  if (isOwn && !required) return { field: parameter, values };
  if (required) return { field: "object", values: [plan.object] };
  throw invalidParameter(name, `The emulator does not filter ${plan.name} by ${name}; leave it out.`);
}

function typesIn(query: RawQuery): string[] {
  const types = Object.entries(query).flatMap(([name, value]) =>
    withoutIndex(name) === "types" ? [value ?? ""].flat() : [],
  );
  if (types.length <= MAX_EVENT_TYPES) return types;
  throw invalidParameter("types", `You can name at most ${MAX_EVENT_TYPES} types; there are ${types.length}.`);
}

function thinEventFilters(query: RawQuery): Filter[] {
  const types = typesIn(query);
  const objectId = query["object_id"];
  return [
    ...(types.length > 0 ? [{ field: "type", values: types }] : []),
    ...(objectId === undefined ? [] : [{ field: "related_object.id", values: [objectId].flat() }]),
  ];
}

function eventFilters(query: RawQuery): Filter[] {
  const type = query["type"];
  const types = typesIn(query);
  if (type !== undefined && types.length > 0) {
    throw invalidParameter("types", "You cannot use both type and types.");
  }
  const filters: Filter[] = [];
  if (type !== undefined)
    filters.push({ field: "type", values: [String(type)], isWildcard: String(type).includes("*") });
  if (types.length > 0) filters.push({ field: "type", values: types });
  // every event counts as delivered, for nothing is ever sent
  if (query["delivery_success"] === "false") filters.push({ field: "type", values: [] });
  return filters;
}

/** `ids[]` and `ids[3]` are items of `ids`; `recurring[interval]` stays what it is. */
function withoutIndex(name: string): string {
  return name.replace(/\[\d*\]$/, "");
}
