import type { Catalog } from "@sluice/stripe-catalog";
import type { StripeObject } from "../stripe-object.ts";

/** What happened to an object. */
export type ChangeKind = "create" | "update" | "delete";

/** Kinds of object without an event named after their creation, and the event that tells of a new one. */
const FIRST_EVENTS: Record<string, string> = {
  charge: "charge.succeeded",
  "checkout.session": "checkout.session.completed",
  payment_method: "payment_method.attached",
};

const SUFFIXES: Record<ChangeKind, string> = { create: ".created", update: ".updated", delete: ".deleted" };

/** Yields the type of event by which the API tells of such a change, or undefined where it keeps silent. */
export function eventTypeFor(catalog: Catalog, object: string, change: ChangeKind): string | undefined {
  const types = catalog.events.filter((event) => event.object === object).map((event) => event.type);
  const first = change === "create" ? FIRST_EVENTS[object] : undefined;
  return types.find((type) => type.endsWith(SUFFIXES[change])) ?? types.find((type) => type === first);
}

/** What an event tells. */
type EventFacts = {
  id: string;
  type: string;
  created: number;
  apiVersion: string;
  object: StripeObject;
  /** The former values of the fields that an update changed. */
  previousAttributes?: Record<string, unknown>;
};

/** Yields an event as the API shows it, with the object as it was at that time. */
export function eventObject({ id, type, created, apiVersion, object, previousAttributes }: EventFacts): StripeObject {
  return {
    id,
    object: "event",
    api_version: apiVersion,
    created,
    data: { object, ...(previousAttributes && { previous_attributes: previousAttributes }) },
    livemode: false,
    pending_webhooks: 0,
    request: { id: null, idempotency_key: null },
    type,
  };
}
