import { balanceTransactionId } from "./balance.ts";
import type { LinkedStream } from "./blueprint.ts";
import { firstPaymentMethod } from "./customers.ts";
import { invoiceTotal } from "./invoices.ts";
import { chargeTerms, paidInvoice, payer, paymentAmount, refundAmount } from "./payments.ts";
import { customerIdentity } from "./people.ts";
import type { World } from "./world.ts";

const DAY_S = 86_400;

function refundFields(world: World, refund: number) {
  const charge = world.parent("refunds", refund, "charges") ?? 0;
  const { intent, customer } = chargeTerms(world, charge);
  return {
    amount: refundAmount(world, refund),
    balance_transaction: balanceTransactionId(world, "refunds", refund),
    charge: world.id("charges", charge),
    created: world.created("refunds", refund),
    currency: "usd",
    customer: world.id("customers", customer),
    destination_details: {
      card: { reference: world.random("refunds", refund).digits(12), type: "refund" },
      type: "card",
    },
    metadata: {},
    payment_intent: world.id("payment_intents", intent),
    payment_method: firstPaymentMethod(world, customer),
    reason: "requested_by_customer",
    status: "succeeded",
  };
}

function disputeFields(world: World, dispute: number) {
  const charge = world.parent("disputes", dispute, "charges") ?? 0;
  const { intent, amount } = chargeTerms(world, charge);
  const created = world.created("disputes", dispute);
  const lost = dispute % 2 === 0;
  return {
    amount,
    charge: world.id("charges", charge),
    created,
    currency: "usd",
    evidence_details: {
      due_by: created + 14 * DAY_S,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: lost,
      submission_count: 0,
      submission_method: "manual",
    },
    metadata: {},
    payment_intent: world.id("payment_intents", intent),
    reason: "fraudulent",
    status: lost ? "lost" : "needs_response",
  };
}

function payoutFields(world: World, payout: number) {
  const created = world.created("payouts", payout);
  const random = world.random("payouts", payout);
  return {
    amount: payoutAmount(world, payout),
    arrival_date: created + 2 * DAY_S,
    automatic: true,
    balance_transaction: balanceTransactionId(world, "payouts", payout),
    created,
    currency: "usd",
    description: "Daily payout",
    destination: `ba_${random.token(18)}`,
    metadata: {},
    method: "standard",
    reconciliation_status: "completed",
    source_type: "card",
    statement_descriptor: "LANTERN HARBOR",
    status: "paid",
    trace_id: { status: "supported", value: random.digits(15) },
    type: "bank_account",
  };
}

/** Yields what a payout brings to the bank, in cents. */
export function payoutAmount(world: World, payout: number): number {
  return world.random("payouts/amount", payout).integer(10_000, 900_000);
}

function invoicePaymentFields(world: World, payment: number) {
  const pairs = Math.ceil(world.count("payment_intents") / 2);
  const intent = 2 * Math.floor((payment * pairs) / world.count("invoice_payments"));
  const invoice = paidInvoice(world, intent) ?? 0;
  const created = world.created("invoice_payments", payment);
  const amount = invoiceTotal(world, invoice);
  return {
    amount_paid: amount,
    amount_requested: amount,
    created,
    currency: "usd",
    invoice: world.id("invoices", invoice),
    is_default: true,
    payment: { payment_intent: world.id("payment_intents", intent), type: "payment_intent" },
    status: "paid",
    status_transitions: { canceled_at: null, paid_at: created },
  };
}

function checkoutSessionFields(world: World, session: number) {
  const intent = world.parent("checkout_sessions", session, "payment_intents") ?? 0;
  const customer = payer(world, intent);
  const { name, email, phone, address } = customerIdentity(world, customer);
  const amount = paymentAmount(world, intent);
  const created = world.created("checkout_sessions", session);
  return {
    amount_subtotal: amount,
    amount_total: amount,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    cancel_url: "https://shop.example.com/cancel",
    created,
    currency: "usd",
    customer: world.id("customers", customer),
    customer_creation: "if_required",
    customer_details: {
      address,
      business_name: null,
      email,
      individual_name: null,
      name,
      phone,
      tax_exempt: "none",
      tax_ids: [],
    },
    expires_at: created + DAY_S,
    metadata: {},
    mode: "payment",
    payment_intent: world.id("payment_intents", intent),
    payment_method_types: ["card"],
    payment_status: "paid",
    status: "complete",
    success_url: "https://shop.example.com/thanks",
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
  };
}

/** What follows from payments: money given back, disputed, paid out, and what it was for. */
export const SETTLEMENT_STREAMS: Record<string, LinkedStream> = {
  refunds: { count: 25, owner: "charges", fields: refundFields },
  disputes: { count: 20, owner: "charges", fields: disputeFields },
  payouts: { count: 24, fields: payoutFields },
  invoice_payments: { count: 60, owner: "payment_intents", fields: invoicePaymentFields },
  checkout_sessions: { count: 40, owner: "payment_intents", fields: checkoutSessionFields },
};
