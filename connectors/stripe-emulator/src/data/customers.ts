import { type LinkedStream, idOrNull } from "./blueprint.ts";
import { customerCard, customerIdentity } from "./people.ts";
import type { World } from "./world.ts";

const DAY_S = 86_400;

function customerFields(world: World, customer: number) {
  const { name, email, phone, address } = customerIdentity(world, customer);
  const random = world.random("customers", customer);
  return {
    address,
    balance: random.chance(0.1) ? -random.integer(1, 50) * 100 : 0,
    created: world.created("customers", customer),
    currency: "usd",
    delinquent: random.chance(0.05),
    description: `Customer ${customer + 1} of the emulated account`,
    discount: null,
    email,
    invoice_prefix: random.token(8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: firstPaymentMethod(world, customer),
      footer: null,
      rendering_options: null,
    },
    metadata: { segment: random.pick(["retail", "wholesale", "trial"]), imported: String(random.chance(0.5)) },
    name,
    next_invoice_sequence: random.integer(1, 30),
    phone,
    preferred_locales: ["en"],
    shipping: random.chance(0.5) ? { address, name, phone } : null,
    tax_exempt: "none",
    test_clock: null,
  };
}

/** Yields the id of the payment method that a customer pays with, or null. */
export function firstPaymentMethod(world: World, customer: number): string | null {
  if (world.count("payment_methods") === 0) return null;
  const [from, to] = world.children("customers", customer, "payment_methods");
  return from < to ? world.id("payment_methods", from) : null;
}

function paymentMethodFields(world: World, method: number) {
  const customer = world.parent("payment_methods", method, "customers") ?? 0;
  const { brand, country, exp_month, exp_year, fingerprint, funding, last4, checks } = customerCard(world, customer);
  const { name, email, phone, address } = customerIdentity(world, customer);
  return {
    allow_redisplay: "unspecified",
    billing_details: { address, email, name, phone, tax_id: null },
    card: {
      brand,
      checks,
      country,
      display_brand: brand,
      exp_month,
      exp_year,
      fingerprint,
      funding,
      generated_from: null,
      last4,
      networks: { available: [brand], preferred: null },
      regulated_status: "unregulated",
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: world.created("payment_methods", method),
    customer: world.id("customers", customer),
    metadata: {},
    type: "card",
  };
}

function setupIntentFields(world: World, intent: number) {
  const method = world.parent("setup_intents", intent, "payment_methods");
  const customer = method === undefined ? undefined : world.parent("payment_methods", method, "customers");
  const id = world.id("setup_intents", intent);
  return {
    automatic_payment_methods: { allow_redirects: "always", enabled: true },
    client_secret: `${id}_secret_${world.random("setup_intents", intent).token(24)}`,
    created: world.created("setup_intents", intent),
    customer: idOrNull(world, "customers", customer),
    metadata: {},
    payment_method: idOrNull(world, "payment_methods", method),
    payment_method_options: { card: { mandate_options: null, network: null, request_three_d_secure: "automatic" } },
    payment_method_types: ["card"],
    status: "succeeded",
    usage: "off_session",
  };
}

function taxIdFields(world: World, taxId: number) {
  return {
    country: "DE",
    created: world.created("tax_ids", taxId),
    owner: { customer_account: null, type: "self" },
    type: "eu_vat",
    value: `DE${world.random("tax_ids", taxId).digits(9)}`,
    verification: { status: "verified", verified_address: null, verified_name: null },
  };
}

function testClockFields(world: World, clock: number) {
  const created = world.created("test_helpers_test_clocks", clock);
  return {
    created,
    deletes_after: created + 30 * DAY_S,
    frozen_time: created,
    name: `Clock ${clock + 1}`,
    status: "ready",
  };
}

/** Who buys, and with what. */
export const CUSTOMER_STREAMS: Record<string, LinkedStream> = {
  customers: { count: 100, fields: customerFields },
  payment_methods: { count: 120, owner: "customers", fields: paymentMethodFields },
  setup_intents: { count: 40, owner: "payment_methods", fields: setupIntentFields },
  tax_ids: { count: 20, fields: taxIdFields },
  test_helpers_test_clocks: { count: 20, fields: testClockFields },
};
