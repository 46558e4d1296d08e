import type { Hidden, StripeStream } from "./stream.ts";

// What the SDK's declarations do not say, learnt from Stripe's documentation and from use.

/** Lists that no declaration ties to a parent, but that answer 400 unless one is named. */
export const listsThatNeedParent: ReadonlySet<string> = new Set([
  // wants `customer` or `customer_account`, and a credit grant of it at most
  "/v1/billing/credit_balance_transactions",
  // the preview of one customer's next invoice, in older versions
  "/v1/invoices/upcoming/lines",
]);

/** Lists of older versions that show what another list shows. */
export const aliasLists: ReadonlySet<string> = new Set([
  // the former name of /v1/balance_transactions
  "/v1/balance/history",
  // the former name of /v1/financial_connections/accounts
  "/v1/linked_accounts",
]);

/** Events named "deleted" after which the object can still be listed. */
export const eventsThatDeleteNothing: ReadonlySet<string> = new Set([
  // a canceled subscription stays, with its status changed
  "customer.subscription.deleted",
]);

/** Events about objects that the list of their kind never contains. */
export const eventsOfUnlisted: ReadonlySet<string> = new Set([
  // a preview: an invoice without an id
  "invoice.upcoming",
  // a customer's tax IDs, while /v1/tax_ids lists the account's own, of which no event tells
  "customer.tax_id.created",
  "customer.tax_id.deleted",
  "customer.tax_id.updated",
]);

/** Kinds of object whose top-level list does not show those that are nested in others. */
export const nestedBesideTopLevel: ReadonlySet<string> = new Set([
  // /v1/tax_ids lists the account's own
  "tax_id",
]);

/** Objects that no walk through a list shows, by stream name. */
export const hiddenFromLists: Record<string, Hidden[]> = {
  customers: ["deleted", "on_test_clock"],
  // one of type `custom` shows only to who asks for that type
  payment_methods: ["custom_type"],
  // one that was made for a single invoice item or payment link; it can be retrieved by its id
  prices: ["inline"],
  quotes: ["on_test_clock"],
  reviews: ["closed"],
  subscriptions: ["on_test_clock"],
  tax_ids: ["of_customers"],
};

/** Streams whose events other teams found missing, so that they list them again every day. */
export const unreliableEvents: ReadonlySet<string> = new Set(["accounts"]);

/** What differs from the rule for single streams, by stream name. */
export const streamOverlay: Record<
  string,
  Partial<Pick<StripeStream, "created_field" | "deletable" | "list_params" | "more_passes">>
> = {
  // canceled subscriptions are hidden by default; DELETE cancels, it removes nothing
  subscriptions: { list_params: { status: "all" }, deletable: "never" },
  // the endpoint knows the status "all", and which registrations it lists without a status is not documented
  tax_registrations: { list_params: { status: "all" } },
  // an invoice item says `date` where others say `created`; the filter is called `created` all the same
  invoiceitems: { created_field: "date" },
  // closed accounts are in a list of their own
  v2_core_accounts: { more_passes: [{ closed: "true" }] },
};
