import { type LinkedStream, idOrNull } from "./blueprint.ts";
import { SUBSCRIPTION_ITEMS, childRange, parentOfChild } from "./child-pattern.ts";
import { firstPaymentMethod } from "./customers.ts";
import { planFields, priceFields } from "./products.ts";
import type { World } from "./world.ts";

const DAY_S = 86_400;
const MONTH_S = 30 * DAY_S;

/** Yields the customer of a subscription. */
export function subscriptionCustomer(world: World, subscription: number): number {
  return world.older("subscriptions", subscription, "customers") ?? 0;
}

/** Yields the price that an item of a subscription is charged by, or undefined where the account has none. */
function itemPrice(world: World, item: number): number | undefined {
  const subscription = parentOfChild(SUBSCRIPTION_ITEMS, item);
  const oldest = world.older("subscriptions", subscription, "prices");
  const [first] = childRange(SUBSCRIPTION_ITEMS, subscription);
  return oldest === undefined ? undefined : Math.max(oldest - (item - first), 0);
}

function subscriptionStatus(world: World, subscription: number) {
  const random = world.random("subscriptions/status", subscription);
  return random.pick(["active", "active", "active", "active", "active", "past_due", "trialing", "canceled"]);
}

function currentPeriod(world: World, subscription: number) {
  const created = world.created("subscriptions", subscription);
  const end = Math.max(world.now - ((world.now - created) % MONTH_S) + MONTH_S, created + MONTH_S);
  return { start: end - MONTH_S, end };
}

function latestInvoice(world: World, subscription: number): string | null {
  if (world.count("invoices") === 0) return null;
  const [from, to] = world.children("subscriptions", subscription, "invoices");
  return from < to ? world.id("invoices", to - 1) : null;
}

function subscriptionFields(world: World, subscription: number) {
  const created = world.created("subscriptions", subscription);
  const customer = subscriptionCustomer(world, subscription);
  const status = subscriptionStatus(world, subscription);
  const endedAt = status === "canceled" ? Math.min(created + MONTH_S, world.now) : null;
  return {
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: created,
    billing_mode: { flexible: null, type: "classic" },
    canceled_at: endedAt,
    cancellation_details: {
      comment: null,
      feedback: null,
      feedback_option: null,
      reason: endedAt && "cancellation_requested",
    },
    collection_method: "charge_automatically",
    created,
    currency: "usd",
    customer: world.id("customers", customer),
    default_payment_method: firstPaymentMethod(world, customer),
    ended_at: endedAt,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: "self" },
    },
    latest_invoice: latestInvoice(world, subscription),
    metadata: { channel: world.random("subscriptions", subscription).pick(["web", "sales"]) },
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: "off",
    },
    start_date: created,
    status,
    trial_settings: { end_behavior: { billing_cycle_anchor: null, missing_payment_method: "create_invoice" } },
    trial_end: status === "trialing" ? world.now + 7 * DAY_S : null,
    trial_start: status === "trialing" ? created : null,
  };
}

function subscriptionItemFields(world: World, item: number) {
  const subscription = parentOfChild(SUBSCRIPTION_ITEMS, item);
  const period = currentPeriod(world, subscription);
  const price = itemPrice(world, item);
  return {
    created: world.created("subscriptions", subscription),
    current_period_end: period.end,
    current_period_start: period.start,
    metadata: {},
    ...(price !== undefined && embeddedTerms(world, price)),
    quantity: world.random("subscription_items", item).integer(1, 12),
    subscription: world.id("subscriptions", subscription),
    tax_rates: [],
  };
}

function embeddedTerms(world: World, price: number) {
  const id = world.id("prices", price);
  const absent = { custom_unit_amount: null, tiers_mode: null, transform_quantity: null };
  return {
    plan: {
      id,
      object: "plan",
      ...planFields(world, price),
      meter: null,
      tiers_mode: null,
      transform_usage: null,
      trial_period_days: null,
    },
    price: { id, object: "price", ...priceFields(world, price), ...absent },
  };
}

function scheduleFields(world: World, schedule: number) {
  const created = world.created("subscription_schedules", schedule);
  const subscription = world.parent("subscription_schedules", schedule, "subscriptions");
  const customer = subscription === undefined ? undefined : subscriptionCustomer(world, subscription);
  return {
    created,
    customer: idOrNull(world, "customers", customer),
    current_phase: { end_date: created + MONTH_S, start_date: created },
    end_behavior: "release",
    metadata: {},
    status: "active",
    subscription: idOrNull(world, "subscriptions", subscription),
  };
}

/** What customers have signed up for. */
export const SUBSCRIPTION_STREAMS: Record<string, LinkedStream> = {
  subscriptions: { count: 80, owner: "customers", fields: subscriptionFields },
  subscription_schedules: { count: 20, owner: "subscriptions", fields: scheduleFields },
};

/** What belongs to one subscription. */
export const SUBSCRIPTION_CHILDREN = { subscription_items: subscriptionItemFields };
