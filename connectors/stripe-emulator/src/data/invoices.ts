import { type LinkedStream, idOrNull } from "./blueprint.ts";
import { INVOICE_LINES, childRange, parentOfChild } from "./child-pattern.ts";
import { customerIdentity } from "./people.ts";
import { unitAmount } from "./products.ts";
import { subscriptionCustomer } from "./subscriptions.ts";
import type { World } from "./world.ts";

const MONTH_S = 30 * 86_400;

/** Yields the customer whom an invoice is addressed to: its subscription's. */
export function invoiceCustomer(world: World, invoice: number): number {
  return subscriptionCustomer(world, invoiceSubscription(world, invoice));
}

/** Yields the sum of an invoice's lines, in cents. */
export function invoiceTotal(world: World, invoice: number): number {
  const [from, to] = childRange(INVOICE_LINES, invoice);
  let total = 0;
  for (let line = from; line < to; line += 1) total += lineTerms(world, line).amount;
  return total;
}

/** Yields where an invoice stands; the oldest are settled, the newest may be drafts. */
function invoiceStatus(world: World, invoice: number) {
  return world.random("invoices/status", invoice).pick(["paid", "paid", "paid", "paid", "open", "draft", "void"]);
}

function invoiceSubscription(world: World, invoice: number): number {
  return world.parent("invoices", invoice, "subscriptions") ?? 0;
}

function lineTerms(world: World, line: number) {
  const random = world.random("invoices_lines/terms", line);
  const quantity = random.integer(1, 5);
  const prices = world.count("prices");
  const price = prices === 0 ? undefined : random.integer(0, prices - 1);
  const unit = price === undefined ? 1900 : unitAmount(world, price);
  return { price, quantity, unit, amount: unit * quantity };
}

function invoiceFields(world: World, invoice: number) {
  const created = world.created("invoices", invoice);
  const customer = invoiceCustomer(world, invoice);
  const { name, email, phone, address } = customerIdentity(world, customer);
  const total = invoiceTotal(world, invoice);
  const status = invoiceStatus(world, invoice);
  const paid = status === "paid";
  const finalizedAt = status === "draft" ? null : created + 3600;
  const token = world.random("invoices", invoice).token(48);
  const subscription = world.id("subscriptions", invoiceSubscription(world, invoice));
  return {
    account_country: "US",
    account_name: "Lantern & Harbor",
    amount_due: total,
    amount_paid: paid ? total : 0,
    amount_remaining: paid ? 0 : total,
    attempt_count: paid ? 1 : 0,
    attempted: paid,
    auto_advance: status === "open",
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    billing_reason: "subscription_cycle",
    collection_method: "charge_automatically",
    created,
    currency: "usd",
    customer: world.id("customers", customer),
    customer_address: address,
    customer_email: email,
    customer_name: name,
    customer_phone: phone,
    customer_tax_exempt: "none",
    customer_tax_ids: [],
    effective_at: finalizedAt,
    ending_balance: finalizedAt && 0,
    hosted_invoice_url: finalizedAt && `https://invoice.example.com/i/${token}`,
    invoice_pdf: finalizedAt && `https://invoice.example.com/i/${token}/pdf`,
    issuer: { type: "self" },
    metadata: {},
    number: finalizedAt && `LH-${String(invoice + 1).padStart(6, "0")}`,
    parent: { quote_details: null, subscription_details: { metadata: {}, subscription }, type: "subscription_details" },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: created,
    period_start: created - MONTH_S,
    rendering: { amount_tax_display: null, pdf: { page_size: "letter" }, template: null, template_version: null },
    status,
    status_transitions: {
      finalized_at: finalizedAt,
      marked_uncollectible_at: null,
      paid_at: paid ? created + 3605 : null,
      voided_at: status === "void" ? created + 7200 : null,
    },
    subtotal: total,
    subtotal_excluding_tax: total,
    total,
    total_discount_amounts: [],
    total_excluding_tax: total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: finalizedAt,
  };
}

function pricing(world: World, price: number | undefined, unit: number) {
  if (price === undefined) return null;
  const product = world.parent("prices", price, "products");
  const details = { price: world.id("prices", price), product: idOrNull(world, "products", product) };
  return { price_details: details, type: "price_details", unit_amount_decimal: String(unit) };
}

function invoiceLineFields(world: World, line: number) {
  const invoice = parentOfChild(INVOICE_LINES, line);
  const created = world.created("invoices", invoice);
  const { price, quantity, unit, amount } = lineTerms(world, line);
  return {
    amount,
    currency: "usd",
    description: `${quantity} × seat, billed by the month`,
    discount_amounts: [],
    discountable: true,
    invoice: world.id("invoices", invoice),
    metadata: {},
    period: { end: created, start: created - MONTH_S },
    pretax_credit_amounts: [],
    pricing: pricing(world, price, unit),
    quantity,
    quantity_decimal: String(quantity),
    subscription: world.id("subscriptions", invoiceSubscription(world, invoice)),
    subtotal: amount,
    taxes: [],
  };
}

function invoiceItemFields(world: World, item: number) {
  const invoice = world.parent("invoiceitems", item, "invoices") ?? 0;
  const date = world.created("invoiceitems", item);
  const random = world.random("invoiceitems", item);
  const quantity = random.integer(1, 4);
  const unit = random.integer(5, 80) * 100;
  return {
    amount: unit * quantity,
    currency: "usd",
    customer: world.id("customers", invoiceCustomer(world, invoice)),
    date,
    description: "Extra support hours",
    discountable: true,
    discounts: [],
    invoice: item % 5 === 4 ? null : world.id("invoices", invoice),
    metadata: {},
    period: { end: date, start: date },
    pricing: pricing(world, world.older("invoiceitems", item, "prices"), unit),
    quantity,
    quantity_decimal: String(quantity),
    tax_rates: [],
  };
}

function creditNoteFields(world: World, note: number) {
  const invoice = world.parent("credit_notes", note, "invoices") ?? 0;
  const amount = Math.ceil(invoiceTotal(world, invoice) / 4);
  const created = world.created("credit_notes", note);
  return {
    amount,
    created,
    currency: "usd",
    customer: world.id("customers", invoiceCustomer(world, invoice)),
    effective_at: created,
    invoice: world.id("invoices", invoice),
    metadata: {},
    number: `LH-${String(invoice + 1).padStart(6, "0")}-CN-01`,
    pdf: `https://invoice.example.com/credit/${world.random("credit_notes", note).token(32)}/pdf`,
    post_payment_amount: amount,
    reason: "order_change",
    status: "issued",
    subtotal: amount,
    subtotal_excluding_tax: amount,
    total: amount,
    total_excluding_tax: amount,
    type: "post_payment",
  };
}

/** What customers are asked to pay. */
export const INVOICE_STREAMS: Record<string, LinkedStream> = {
  invoices: { count: 160, owner: "subscriptions", fields: invoiceFields },
  invoiceitems: { count: 60, owner: "invoices", fields: invoiceItemFields },
  credit_notes: { count: 20, owner: "invoices", fields: creditNoteFields },
};

/** What belongs to one invoice. */
export const INVOICE_CHILDREN = { invoices_lines: invoiceLineFields };
