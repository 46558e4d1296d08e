import type { Catalog } from "@sluice/stripe-catalog";
import { type StreamPlan, parentQuery } from "../data/stream-plan.ts";
import type { Position } from "../store/entry.ts";
import { ApiError, invalidParameter } from "./api-error.ts";
import { type Filter, readFilters } from "./list-filter.ts";
import { type RawQuery, rootOf } from "./raw-query.ts";

/** What a request asks of a list. */
export type ListQuery = {
  limit: number;
  /** The object next to the page, and whether the page holds what is older or what is newer. */
  cursor: { id: string; towards: "older" | "newer" } | undefined;
  /** Where the page begins by place, where no object needs to be there. */
  position?: Position | undefined;
  /** Unix seconds: from, and up to but not including. */
  created: { from: number; to: number };
  filters: Filter[];
  /** The value of the query parameter that names the list's parent. */
  parent: string | undefined;
  includeHidden: boolean;
};

const COMPARISONS = ["gt", "gte", "lt", "lte"];

/** Yields what the query asks of this list; throws the API's refusal of a parameter or value that it does not know. */
export function readListQuery(plan: StreamPlan, query: RawQuery, catalog: Catalog): ListQuery {
  refuseUnknown(plan, query);
  const parent = parentQuery(listOf(plan));
  for (const name of [...listOf(plan).required_query, ...(parent === undefined ? [] : [parent])]) {
    const given = Object.keys(query).some((key) => rootOf(key) === name && query[key] !== "");
    if (!given) throw invalidParameter(name, `Missing required param: ${name}.`, "parameter_missing");
  }
  const { filters, includeHidden } = readFilters(plan, query, catalog);
  return {
    limit: listOf(plan).paged ? limitOf(query["limit"]) : Number.POSITIVE_INFINITY,
    cursor: cursorOf(query),
    created: createdWindow(query),
    filters,
    parent: parent === undefined ? undefined : String(query[parent]),
    includeHidden,
  };
}

function listOf(plan: StreamPlan) {
  if (plan.list === undefined) throw new RangeError(`${plan.name} has no list.`);
  return plan.list;
}

function refuseUnknown(plan: StreamPlan, query: RawQuery): void {
  const { paged, created_filter, filters, required_query } = listOf(plan);
  const paging = paged ? ["limit", "starting_after", "ending_before"] : [];
  const created = created_filter ? ["created", ...COMPARISONS.map((name) => `created[${name}]`)] : [];
  const whole = new Set([...paging, ...created]);
  const roots = new Set([...filters, ...required_query, parentQuery(listOf(plan)), "expand"]);
  for (const name of Object.keys(query)) {
    if (whole.has(name) || (roots.has(rootOf(name)) && rootOf(name) !== "created")) continue;
    throw invalidParameter(name, `Received unknown parameter: ${name}`, "parameter_unknown");
  }
}

function limitOf(value: string | string[] | undefined): number {
  if (value === undefined) return 10;
  const limit = wholeNumber("limit", value);
  const bound = limit < 1 ? "greater than or equal to 1" : limit > 100 ? "less than or equal to 100" : undefined;
  if (bound === undefined) return limit;
  throw invalidParameter("limit", `This value must be ${bound}; it is ${limit}.`, "parameter_invalid_integer");
}

function wholeNumber(name: string, value: string | string[]): number {
  if (typeof value === "string" && /^-?\d{1,15}$/.test(value)) return Number(value);
  throw invalidParameter(name, `Invalid integer: ${String(value).slice(0, 40)}`, "parameter_invalid_integer");
}

function cursorOf(query: RawQuery): ListQuery["cursor"] {
  const [older, newer] = [query["starting_after"], query["ending_before"]];
  if (older !== undefined && newer !== undefined) {
    throw new ApiError("You cannot use both starting_after and ending_before.", {
      status: 400,
      param: "ending_before",
    });
  }
  const id = older ?? newer;
  return id === undefined ? undefined : { id: String(id), towards: older === undefined ? "newer" : "older" };
}

function createdWindow(query: RawQuery): ListQuery["created"] {
  const window = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
  for (const [name, value] of Object.entries(query)) {
    if (rootOf(name) !== "created" || value === undefined) continue;
    const seconds = wholeNumber(name, value);
    const comparison = name.slice("created[".length, -1);
    const after = comparison === "gt" ? seconds + 1 : seconds;
    const before = comparison === "lt" ? seconds : seconds + 1;
    if (!comparison.startsWith("l")) window.from = Math.max(window.from, after);
    if (!comparison.startsWith("g")) window.to = Math.min(window.to, before);
  }
  return window;
}
