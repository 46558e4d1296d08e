import type { Blueprint, LinkedStream } from "./blueprint.ts";
import { CUSTOMER_STREAMS } from "./customers.ts";
import { INVOICE_CHILDREN, INVOICE_STREAMS } from "./invoices.ts";
import { PAYMENT_STREAMS } from "./payments.ts";
import { PRODUCT_STREAMS } from "./products.ts";
import { SETTLEMENT_STREAMS } from "./settlements.ts";
import { ACCOUNT_STREAMS } from "./accounts.ts";
import { SUBSCRIPTION_CHILDREN, SUBSCRIPTION_STREAMS } from "./subscriptions.ts";

/** The streams whose objects are tied to each other; every other stream is made from its schema alone. */
export const LINKED_STREAMS: Readonly<Record<string, LinkedStream>> = {
  ...PRODUCT_STREAMS,
  ...CUSTOMER_STREAMS,
  ...SUBSCRIPTION_STREAMS,
  ...INVOICE_STREAMS,
  ...PAYMENT_STREAMS,
  ...SETTLEMENT_STREAMS,
  ...ACCOUNT_STREAMS,
};

const CHILD_BLUEPRINTS: Readonly<Record<string, Blueprint>> = { ...SUBSCRIPTION_CHILDREN, ...INVOICE_CHILDREN };

/** Yields how a stream's objects get their ties, or undefined for a stream that has none. */
export function blueprintOf(stream: string): Blueprint | undefined {
  return LINKED_STREAMS[stream]?.fields ?? CHILD_BLUEPRINTS[stream];
}
