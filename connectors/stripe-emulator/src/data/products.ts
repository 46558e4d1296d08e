import { type LinkedStream, idOrNull } from "./blueprint.ts";
import type { World } from "./world.ts";

const GOODS = ["Atlas", "Beacon", "Compass", "Delta", "Ember", "Fathom"] as const;
const EDITIONS = ["Starter", "Team", "Business", "Archive"] as const;

/** Yields the amount of a price in cents. */
export function unitAmount(world: World, price: number): number {
  return world.random("prices/amount", price).integer(5, 250) * 100 - 1;
}

/** Yields whole prices, as prices and as embedded in subscription items. */
export function priceFields(world: World, price: number) {
  const amount = unitAmount(world, price);
  const random = world.random("prices", price);
  return {
    active: random.chance(0.85),
    billing_scheme: "per_unit",
    created: world.created("prices", price),
    currency: "usd",
    livemode: false,
    lookup_key: price % 3 === 0 ? `price-${price + 1}` : null,
    metadata: {},
    nickname: price % 2 === 0 ? random.pick(EDITIONS) : null,
    product: idOrNull(world, "products", world.parent("prices", price, "products")),
    recurring: {
      interval: price % 4 === 3 ? "year" : "month",
      interval_count: 1,
      meter: null,
      trial_period_days: null,
      usage_type: "licensed",
    },
    tax_behavior: "exclusive",
    type: "recurring",
    unit_amount: amount,
    unit_amount_decimal: String(amount),
  };
}

/** Yields the plan that shows the same terms as a price, the way the API derives it. */
export function planFields(world: World, price: number) {
  const { active, created, currency, livemode, nickname, product, recurring } = priceFields(world, price);
  const amount = unitAmount(world, price);
  return {
    active,
    amount,
    amount_decimal: String(amount),
    billing_scheme: "per_unit",
    created,
    currency,
    interval: recurring.interval,
    interval_count: 1,
    livemode,
    metadata: {},
    nickname,
    product,
    usage_type: "licensed",
  };
}

function productFields(world: World, product: number) {
  const random = world.random("products", product);
  const created = world.created("products", product);
  const name = `${random.pick(GOODS)} ${random.pick(EDITIONS)}`;
  return {
    active: random.chance(0.9),
    created,
    updated: created,
    default_price: world.count("prices") === 0 ? null : firstPrice(world, product),
    description: `${name}: storage and support, billed by the month.`,
    metadata: { shelf: `row-${(product % 7) + 1}` },
    name,
    type: "service",
    tax_code: null,
    unit_label: "seat",
  };
}

function firstPrice(world: World, product: number): string | null {
  const [from, to] = world.children("products", product, "prices");
  return from < to ? world.id("prices", from) : null;
}

function couponFields(world: World, coupon: number) {
  const random = world.random("coupons", coupon);
  return {
    created: world.created("coupons", coupon),
    duration: "repeating",
    duration_in_months: random.integer(1, 12),
    metadata: {},
    name: `Season ${coupon + 1}`,
    percent_off: random.integer(1, 10) * 5,
    times_redeemed: random.integer(0, 40),
    valid: true,
  };
}

function promotionCodeFields(world: World, code: number) {
  const coupon = world.parent("promotion_codes", code, "coupons");
  return {
    active: true,
    code: `SAVE${code + 1}${world.random("promotion_codes", code).token(4).toUpperCase()}`,
    created: world.created("promotion_codes", code),
    promotion: { coupon: idOrNull(world, "coupons", coupon), type: "coupon" },
    restrictions: { first_time_transaction: false, minimum_amount: null, minimum_amount_currency: null },
  };
}

function planOfOwnFields(world: World, plan: number) {
  const price = world.parent("plans", plan, "prices") ?? 0;
  return { ...planFields(world, price), created: world.created("plans", plan) };
}

/** What is sold. */
export const PRODUCT_STREAMS: Record<string, LinkedStream> = {
  products: { count: 20, fields: productFields },
  prices: { count: 40, owner: "products", fields: priceFields },
  plans: { count: 20, owner: "prices", fields: planOfOwnFields },
  coupons: { count: 20, fields: couponFields },
  promotion_codes: { count: 20, owner: "coupons", fields: promotionCodeFields },
};
