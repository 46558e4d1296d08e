import type { JsonSchema } from "../src/json-schema.ts";

// The SDK declares every number as `number`; which are instants and which have fractions is told by their names.
// Both rules were held against Stripe's OpenAPI document of 2024-04-10, which has 663 of these numbers: they differ in
// seven instants (`topup.expected_availability_date`, …) that the document gives as plain integers.

const fraction =
  /\b(aggregated_value|exchange_rate|height|latitude|length|longitude|rates|receipt\.quantity|weight|width)$|percent(age|_off|_ownership)?$/;
const instants = [
  /\b(as_of|created|date|deadline|due_by|end|eta|redeem_by|start|timestamp|updated)$/,
  /\b(billing_cycle_anchor|next_payment_attempt|next_pending_invoice_item_invoice)$/,
  /_(after|at|before|date|deadline|end|from|on|release|start|time|timestamp|until)$/,
];

/**
 * Yields the schema of a numeric member, given its path in the object ("items.price.created") and its description:
 * a whole number, a number, or whole seconds since 1970.
 */
export function numberSchema(path: string, description: string): JsonSchema {
  if (fraction.test(path)) return { type: "number" };
  const isInstant = instants.some((names) => names.test(path)) && !description.includes("milliseconds");
  return isInstant ? { type: "integer", format: "unix-time" } : { type: "integer" };
}

/** Yields the schema of a text of the API's version 2, where instants are texts (RFC 3339), given its path in the object. */
export function textSchema(path: string): JsonSchema {
  return /\.(created|updated)$|_at$/.test(path) ? { type: "string", format: "date-time" } : { type: "string" };
}
