import type { Catalog } from "@sluice/stripe-catalog";
import { z } from "zod";
import { unixSeconds } from "../data/instant.ts";
import type { StreamPlan } from "../data/stream-plan.ts";
import type { Position } from "../store/entry.ts";
import { invalidParameter } from "./api-error.ts";
import { readFilters } from "./list-filter.ts";
import type { ListQuery } from "./list-query.ts";
import { type RawQuery, rootOf } from "./raw-query.ts";

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 20;
/** The one list of which the API says that its pages may be larger. */
const MAX_LIMITS: Record<string, number> = { v2_money_management_payout_intents: 100 };

/** What a page token holds: the query of the first request, and the object behind which the page begins. */
const Token = z.strictObject({
  query: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  created: z.number(),
  order: z.number(),
});

/** Yields what a query asks of a list of version 2; throws the API's refusal of a parameter that it does not know. */
export function readV2Query(plan: StreamPlan, query: RawQuery, catalog: Catalog): ListQuery & { first: RawQuery } {
  const { page, limit, ...rest } = query;
  const token = page === undefined ? undefined : readToken(String(page));
  const [extra] = Object.keys(rest);
  if (token !== undefined && extra !== undefined)
    throw invalidParameter(
      extra,
      `The parameter ${extra} cannot be used with page: filters belong to the first request.`,
    );
  const first = token?.query ?? rest;
  for (const name of Object.keys(first)) refuseUnknown(plan, name);
  const filtering = Object.fromEntries(Object.entries(first).filter(([name]) => !isCreated(name)));
  const { filters, includeHidden } = readFilters(plan, filtering, catalog);
  return {
    limit: limitOf(plan, limit),
    cursor: undefined,
    position: token && { created: token.created, order: token.order },
    created: createdWindow(first),
    filters,
    parent: undefined,
    includeHidden,
    first,
  };
}

/** Yields the path of the page behind an object. */
export function nextPageUrl(path: string, { first, limit }: ListQuery & { first: RawQuery }, last: Position): string {
  const token = { query: first, created: last.created, order: last.order };
  const page = Buffer.from(JSON.stringify(token)).toString("base64url");
  return `${path}?${new URLSearchParams({ limit: String(limit), page }).toString()}`;
}

function readToken(page: string): z.infer<typeof Token> {
  try {
    return Token.parse(JSON.parse(Buffer.from(page, "base64url").toString()));
  } catch {
    // whatever is wrong with it, it is none of ours
    throw invalidParameter("page", "The page token is not valid; follow next_page_url as it is.");
  }
}

function refuseUnknown({ list }: StreamPlan, name: string): void {
  const isTime = list?.created_filter === true && isCreated(name);
  if (isTime || list?.filters.includes(rootOf(name)) === true) return;
  throw invalidParameter(name, `Received unknown parameter: ${name}`, "parameter_unknown");
}

/** `created[gte]`, or `created_gte` where a list spells it so. */
function isCreated(name: string): boolean {
  return /^created(\[(gt|gte|lt|lte)\]|_(gt|gte|lt|lte))$/.test(name);
}

function limitOf({ name }: StreamPlan, value: RawQuery[string]): number {
  if (value === undefined) return DEFAULT_LIMIT;
  const most = MAX_LIMITS[name] ?? MAX_LIMIT;
  const limit = typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : 0;
  if (limit >= 1 && limit <= most) return limit;
  throw invalidParameter("limit", `This value must be from 1 to ${most}; it is ${String(value).slice(0, 40)}.`);
}

function createdWindow(query: RawQuery): ListQuery["created"] {
  const window = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
  for (const [name, value] of Object.entries(query)) {
    if (!isCreated(name)) continue;
    const seconds = typeof value === "string" ? unixSeconds(value) : undefined;
    if (seconds === undefined) throw invalidParameter(name, `Invalid timestamp: ${String(value).slice(0, 40)}`);
    // an instant inside a second is after the objects of that second
    const isWhole = Date.parse(String(value)) % 1000 === 0;
    const comparison = name.replace(/^created[[_]|\]$/g, "");
    if (comparison.startsWith("g"))
      window.from = Math.max(window.from, comparison === "gte" && isWhole ? seconds : seconds + 1);
    else window.to = Math.min(window.to, comparison === "lt" && isWhole ? seconds : seconds + 1);
  }
  return window;
}
