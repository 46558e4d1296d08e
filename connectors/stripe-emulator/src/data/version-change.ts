import type { StripeObject } from "../stripe-object.ts";

/** How a kind of object looked before a version: what had other names or places then. */
type VersionChange = { version: string; object: string; before: (object: StripeObject) => StripeObject };

/** The changes of form that the emulator knows, newest first; see https://docs.stripe.com/changelog. */
const CHANGES: readonly VersionChange[] = [
  { version: "2025-03-31.basil", object: "subscription", before: withPeriodOfItems },
  { version: "2025-03-31.basil", object: "invoice", before: withSubscriptionOfParent },
  { version: "2022-11-15", object: "charge", before: withRefunds },
];

/** Yields the object as the API shows it in a version; the same object where nothing about it has changed since. */
export function renderedAs(object: StripeObject, version: string): StripeObject {
  const changes = CHANGES.filter(
    (change) => change.object === object.object && isBeforeVersion(version, change.version),
  );
  return changes.reduce((rendered, { before }) => before(rendered), object);
}

/** Yields whether a version is older than another: their dates decide, the names that follow do not. */
export function isBeforeVersion(version: string, other: string): boolean {
  return dateOf(version) < dateOf(other);
}

function dateOf(version: string): string {
  return version.slice(0, "2026-10-28".length);
}

/** The period of a subscription stood in itself before it moved to its items. */
function withPeriodOfItems(subscription: StripeObject): StripeObject {
  const items = field(subscription["items"], "data");
  const first: unknown = Array.isArray(items) ? items[0] : undefined;
  return {
    ...subscription,
    current_period_end: field(first, "current_period_end") ?? null,
    current_period_start: field(first, "current_period_start") ?? null,
  };
}

/** An invoice named its subscription and whether it is paid, before it had a parent. */
function withSubscriptionOfParent({ parent, ...invoice }: StripeObject): StripeObject {
  const subscription = field(field(parent, "subscription_details"), "subscription") ?? null;
  return { ...invoice, id: invoice.id, object: invoice.object, paid: invoice["status"] === "paid", subscription };
}

/** A charge came with its refunds before they had to be asked for. */
function withRefunds(charge: StripeObject): StripeObject {
  const refunds = {
    object: "list",
    data: [],
    has_more: charge["refunded"] === true,
    url: `/v1/charges/${charge.id}/refunds`,
  };
  return { ...charge, refunds: charge["refunds"] ?? refunds };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
