import { balanceTransactionId } from "./balance.ts";
import { type LinkedStream, idOrNull } from "./blueprint.ts";
import { firstPaymentMethod } from "./customers.ts";
import { invoiceCustomer, invoiceTotal } from "./invoices.ts";
import { customerCard, customerIdentity } from "./people.ts";
import type { World } from "./world.ts";

/** Yields the invoice that a payment pays: every other payment pays one, the rest are sales without an invoice. */
export function paidInvoice(world: World, intent: number): number | undefined {
  return intent % 2 === 0 ? world.parent("payment_intents", intent, "invoices") : undefined;
}

/** Yields the customer who pays. */
export function payer(world: World, intent: number): number {
  const invoice = paidInvoice(world, intent);
  return invoice === undefined
    ? (world.older("payment_intents", intent, "customers") ?? 0)
    : invoiceCustomer(world, invoice);
}

/** Yields what a payment is worth, in cents. */
export function paymentAmount(world: World, intent: number): number {
  const invoice = paidInvoice(world, intent);
  if (invoice !== undefined) return invoiceTotal(world, invoice);
  return world.random("payment_intents/amount", intent).integer(500, 90_000);
}

/** Yields what a charge is worth and how it went; the same answer for the charge, its refunds and its money's way. */
export function chargeTerms(world: World, charge: number) {
  const intent = world.parent("charges", charge, "payment_intents") ?? 0;
  const refunds = childPositions(world, charge, "refunds");
  const disputed = childPositions(world, charge, "disputes").length > 0;
  const failed = chargeFailed(world, charge);
  return { intent, amount: paymentAmount(world, intent), customer: payer(world, intent), refunds, disputed, failed };
}

/** Yields whether the bank declined a charge: one in sixteen, never one that was refunded or disputed. */
export function chargeFailed(world: World, charge: number): boolean {
  const declined = world.random("charges/outcome", charge).chance(1 / 16);
  const settled =
    declined && ["refunds", "disputes"].some((stream) => childPositions(world, charge, stream).length > 0);
  return declined && !settled;
}

function childPositions(world: World, charge: number, children: string): number[] {
  if (world.count(children) === 0) return [];
  const [from, to] = world.children("charges", charge, children);
  return Array.from({ length: to - from }, (_, at) => from + at);
}

/** Yields what a refund gives back: half of its charge, shared with the other refunds of it. */
export function refundAmount(world: World, refund: number): number {
  const { amount, refunds } = chargeTerms(world, world.parent("refunds", refund, "charges") ?? 0);
  return Math.max(Math.floor(amount / 2 / Math.max(refunds.length, 1)), 1);
}

function paymentIntentFields(world: World, intent: number) {
  const amount = paymentAmount(world, intent);
  const customer = payer(world, intent);
  const id = world.id("payment_intents", intent);
  const charge = latestCharge(world, intent);
  const paid = charge !== undefined && !chargeTerms(world, charge).failed;
  return {
    amount,
    amount_details: { tip: {} },
    amount_received: paid ? amount : 0,
    automatic_payment_methods: { allow_redirects: "always", enabled: true },
    capture_method: "automatic",
    client_secret: `${id}_secret_${world.random("payment_intents", intent).token(24)}`,
    confirmation_method: "automatic",
    created: world.created("payment_intents", intent),
    currency: "usd",
    customer: world.id("customers", customer),
    description: paidInvoice(world, intent) === undefined ? `Order ${intent + 1}` : "Subscription update",
    latest_charge: idOrNull(world, "charges", charge),
    metadata: {},
    payment_method: firstPaymentMethod(world, customer),
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: "automatic" },
    },
    payment_method_types: ["card"],
    status: paid ? "succeeded" : "requires_payment_method",
  };
}

function latestCharge(world: World, intent: number): number | undefined {
  if (world.count("charges") === 0) return undefined;
  const [from, to] = world.children("payment_intents", intent, "charges");
  return from < to ? to - 1 : undefined;
}

function chargeFields(world: World, charge: number) {
  const { intent, amount, customer, refunds, disputed, failed } = chargeTerms(world, charge);
  const { name, email, phone, address } = customerIdentity(world, customer);
  const id = world.id("charges", charge);
  const refunded = refunds.reduce((total, refund) => total + refundAmount(world, refund), 0);
  return {
    amount,
    amount_captured: failed ? 0 : amount,
    amount_refunded: refunded,
    balance_transaction: failed ? null : balanceTransactionId(world, "charges", charge),
    billing_details: { address, email, name, phone, tax_id: null },
    calculated_statement_descriptor: "LANTERN HARBOR",
    captured: !failed,
    created: world.created("charges", charge),
    currency: "usd",
    customer: world.id("customers", customer),
    description: `Payment ${charge + 1} for seats and support`,
    disputed,
    failure_code: failed ? "card_declined" : null,
    failure_message: failed ? "The bank declined this card." : null,
    fraud_details: {},
    metadata: { order: String(100_000 + charge) },
    outcome: outcome(failed),
    paid: !failed,
    payment_intent: world.id("payment_intents", intent),
    payment_method: firstPaymentMethod(world, customer),
    payment_method_details: { card: cardPayment(world, customer, amount), type: "card" },
    receipt_email: email,
    receipt_url: failed ? null : `https://receipts.example.com/payment/${world.random("charges", charge).token(72)}`,
    refunded: refunded >= amount,
    shipping: charge % 2 === 0 ? { address, carrier: null, name, phone, tracking_number: null } : null,
    source: null,
    status: failed ? "failed" : "succeeded",
    transfer_group: charge % 9 === 0 ? `group_${id}` : null,
  };
}

function outcome(failed: boolean) {
  return {
    advice_code: failed ? "try_again_later" : null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: failed ? "declined_by_network" : "approved_by_network",
    reason: failed ? "generic_decline" : null,
    risk_level: "normal",
    seller_message: failed ? "The bank gave no reason for declining." : "Payment complete.",
    type: failed ? "issuer_declined" : "authorized",
  };
}

function cardPayment(world: World, customer: number, amount: number) {
  const card = customerCard(world, customer);
  return {
    amount_authorized: amount,
    authorization_code: "042117",
    ...card,
    electronic_commerce_indicator: null,
    extended_authorization: { status: "disabled" },
    incremental_authorization: { status: "unavailable" },
    installments: null,
    mandate: null,
    multicapture: { status: "unavailable" },
    network: card.brand,
    network_token: { used: false },
    network_transaction_id: "104217350026811",
    overcapture: { maximum_amount_capturable: amount, status: "unavailable" },
    regulated_status: "unregulated",
    three_d_secure: null,
    transaction_link_id: null,
    wallet: null,
  };
}

/** How money comes in. */
export const PAYMENT_STREAMS: Record<string, LinkedStream> = {
  payment_intents: { count: 150, owner: "invoices", fields: paymentIntentFields },
  charges: { count: 150, owner: "payment_intents", fields: chargeFields },
};
