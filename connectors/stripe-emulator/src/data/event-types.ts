import type { EventType, ThinEventType } from "@sluice/stripe-catalog";
import type { StripeObject } from "../stripe-object.ts";

/** What happened to an object; `before` is what an update found. */
export type Change = { kind: "create" | "delete"; object: StripeObject } | Update;
type Update = { kind: "update"; object: StripeObject; before: StripeObject };

/** Events that tell of an object being there, of kinds that have none named after their creation. */
const FIRST_EVENTS: Record<string, (object: StripeObject) => string | undefined> = {
  charge: ({ status }) => `charge.${String(status)}`,
  "checkout.session": (session) => statusEvent("checkout.session", session),
  payment_method: ({ customer }) => (customer === null ? undefined : "payment_method.attached"),
  review: () => "review.opened",
  source: ({ status }) => `source.${String(status)}`,
};

/** What events call a status that the object calls otherwise. */
const STATUS_NAMES: Record<string, Record<string, string>> = {
  "checkout.session": { complete: "completed" },
  credit_note: { void: "voided" },
  dispute: { lost: "closed", won: "closed" },
  invoice: { open: "finalized", uncollectible: "marked_uncollectible", void: "voided" },
  "issuing.dispute": { lost: "closed", won: "closed" },
  payment_intent: { requires_capture: "amount_capturable_updated", requires_payment_method: "payment_failed" },
  quote: { open: "finalized" },
  setup_intent: { requires_payment_method: "setup_failed" },
};

/** What kinds of object name their events after, where it is not what they are called. */
const EVENT_NAMES: Record<string, string> = {
  dispute: "charge.dispute",
  "issuing.authorization": "issuing_authorization",
  "issuing.card": "issuing_card",
  "issuing.cardholder": "issuing_cardholder",
  "issuing.dispute": "issuing_dispute",
  "v2.commerce.product_catalog_import": "v2.commerce.product_catalog.imports",
  subscription: "customer.subscription",
};

/**
 * Yields the types of the events by which the API tells of a change, of those that it has for this kind of object;
 * none where it keeps silent.
 */
export function eventTypesOf(kind: string, known: readonly (EventType | ThinEventType)[], change: Change): string[] {
  // a part that changed, as in v2.core.account[requirements].updated, is told with the whole
  const types = known.filter(({ object, type }) => object === kind && !type.includes("[")).map(({ type }) => type);
  const named = namesOf(kind, types, change);
  return types.filter((type) => named.includes(type));
}

function namesOf(kind: string, types: readonly string[], change: Change): (string | undefined)[] {
  const ending = (suffix: string) => types.filter((type) => type.endsWith(suffix));
  switch (change.kind) {
    case "delete":
      return ending(".deleted");
    case "create": {
      const created = ending(".created");
      return created.length > 0 ? created : [FIRST_EVENTS[kind]?.(change.object)];
    }
    case "update":
      return updateNames(kind, ending, change);
  }
}

function updateNames(kind: string, ending: (suffix: string) => string[], change: Update): (string | undefined)[] {
  if (kind === "subscription" && becomes(change, "canceled")) return ending(".deleted");
  return [...ending(".updated"), ...happenings(kind, change)];
}

/** What an update is more than an update. */
function happenings(kind: string, change: Update): (string | undefined)[] {
  const { object, before } = change;
  const status = object["status"] === before["status"] ? undefined : statusEvent(kind, object);
  if (kind === "invoice" && becomes(change, "paid")) return [status, "invoice.payment_succeeded"];
  if (kind === "v2.core.account" && object["closed"] === true && before["closed"] !== true)
    return ["v2.core.account.closed"];
  if (kind === "review") return [before["open"] === true && object["open"] === false ? "review.closed" : undefined];
  if (kind === "charge" && Number(object["amount_refunded"]) > Number(before["amount_refunded"]))
    return [status, "charge.refunded"];
  if (kind === "payment_method" && object["customer"] !== before["customer"])
    return [object["customer"] === null ? "payment_method.detached" : "payment_method.attached"];
  return [status];
}

function becomes({ object, before }: Update, status: string): boolean {
  return object["status"] === status && before["status"] !== status;
}

function statusEvent(kind: string, { status }: StripeObject): string | undefined {
  if (typeof status !== "string") return undefined;
  return `${EVENT_NAMES[kind] ?? kind}.${STATUS_NAMES[kind]?.[status] ?? status}`;
}
