import type { Catalog, ListEndpoint } from "@sluice/stripe-catalog";
import {
  type ChildPattern,
  DEFAULT_PATTERN,
  INVOICE_LINES,
  SUBSCRIPTION_ITEMS,
  VALUE_LIST_ITEMS,
} from "./child-pattern.ts";

/** What one list shows, and where its objects live. */
export type StreamPlan = {
  /** Named after the path: /v1/issuing/cards is issuing_cards, /v1/invoices/{invoice}/lines is invoices_lines. */
  name: string;
  object: string;
  /** Undefined for objects that cannot be listed, but that other lists belong to. */
  list: ListEndpoint | undefined;
  /** The stream whose objects each have a list of their own, and the path or query parameter that names one. */
  parent: { stream: string; parameter: string } | undefined;
  pattern: ChildPattern;
  /** Set where the list shows objects of another stream: those whose field of this name is the parent's id. */
  view: { stream: string; field: string } | undefined;
  /** Whether no event tells of its objects, though some tell of others of their kind. */
  tellsNothing: boolean;
};

const PATTERNS: Record<string, ChildPattern> = {
  subscription_items: SUBSCRIPTION_ITEMS,
  invoices_lines: INVOICE_LINES,
  radar_value_list_items: VALUE_LIST_ITEMS,
};

const VIEWS: Record<string, StreamPlan["view"]> = {
  customers_payment_methods: { stream: "payment_methods", field: "customer" },
};

/** The account's own tax IDs; events tell of those of its customers. */
const SILENT = ["tax_ids"];

/** Events tell of all else, and nothing tells of them. */
export const EVENT_STREAMS: readonly string[] = ["events", "v2_core_events"];

/** The query parameters that name a parent; the others that a list may insist on only choose a variant. */
const PARENT_PARAMETERS: Record<string, string> = {
  account: "financial_connections_accounts",
  card: "issuing_cards",
  customer: "customers",
  financial_account: "treasury_financial_accounts",
  invoice: "invoices",
  payment_record: "payment_records",
  setup_intent: "setup_intents",
  subscription: "subscriptions",
  value_list: "radar_value_lists",
};

/** Lists that name no required parameter, but that the API refuses without this one. */
const UNDECLARED_PARENTS: Record<string, string> = { "/v1/billing/credit_balance_transactions": "customer" };

/** Yields the stream name of a list's path: the words of its path, without the version where that is 1. */
function streamName(path: string): string {
  const words = path.split("/").filter((word) => word !== "" && word !== "v1" && !word.startsWith("{"));
  return words.join("_");
}

/** Yields the query parameter that names a list's parent, or undefined. */
export function parentQuery(list: ListEndpoint): string | undefined {
  if (list.path_params.length > 0) return undefined;
  return UNDECLARED_PARENTS[list.path] ?? list.required_query.find((parameter) => parameter in PARENT_PARAMETERS);
}

/** Yields a plan for each list but searches, and for what else those lists belong to. */
export function planStreams(catalog: Catalog): StreamPlan[] {
  const lists = catalog.lists.filter((list) => list.pagination !== "search");
  const listed = lists.map((list): StreamPlan => {
    const name = streamName(list.path);
    const pattern = PATTERNS[name] ?? DEFAULT_PATTERN;
    const tellsNothing = SILENT.includes(name);
    return { name, object: list.object, list, parent: parentOf(list), pattern, view: VIEWS[name], tellsNothing };
  });
  const names = new Set(listed.map((plan) => plan.name));
  const unlisted = lists.filter((list) => list.path_params.length > 0 && !names.has(streamName(parentPath(list))));
  return [...listed, ...unlisted.map(unlistedParent)];
}

function parentOf(list: ListEndpoint): StreamPlan["parent"] {
  const [inPath] = list.path_params;
  if (inPath !== undefined) return { stream: streamName(parentPath(list)), parameter: inPath };
  const inQuery = parentQuery(list);
  const stream = inQuery === undefined ? undefined : PARENT_PARAMETERS[inQuery];
  return inQuery === undefined || stream === undefined ? undefined : { stream, parameter: inQuery };
}

function parentPath(list: ListEndpoint): string {
  return list.path.slice(0, list.path.indexOf("/{"));
}

function unlistedParent(list: ListEndpoint): StreamPlan {
  const path = parentPath(list);
  const object = path.slice("/v1/".length).replaceAll("/", ".").replace(/s$/, "");
  return {
    name: streamName(path),
    object,
    list: undefined,
    parent: undefined,
    pattern: DEFAULT_PATTERN,
    view: undefined,
    tellsNothing: false,
  };
}
