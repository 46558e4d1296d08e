import type { StripeStream } from "./stream.ts";

// What the SDK's declarations do not say, learnt from Stripe's documentation and from use.

/** Lists that no declaration ties to a parent, but that answer 400 unless one is named. */
export const listsThatNeedParent: ReadonlySet<string> = new Set([
  // wants `customer` or `customer_account`, and a credit grant of it at most
  "/v1/billing/credit_balance_transactions",
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

/** What differs from the rule for single streams, by stream name. */
export const streamOverlay: Record<
  string,
  Partial<Pick<StripeStream, "created_field" | "deletable" | "list_params">>
> = {
  // canceled subscriptions are hidden by default; DELETE cancels, it removes nothing
  subscriptions: { list_params: { status: "all" }, deletable: "never" },
  // the endpoint knows the status "all", and which registrations it lists without a status is not documented
  tax_registrations: { list_params: { status: "all" } },
  // an invoice item says `date` where others say `created`; the filter is called `created` all the same
  invoiceitems: { created_field: "date" },
};
