import type { StripeObject } from "../stripe-object.ts";
import { rfc3339 } from "./instant.ts";
import { isBeforeVersion, renderedAs } from "./version-change.ts";

/** Seconds for which the API shows an event. */
export const EVENT_RETENTION_S = 30 * 86_400;

/** What a thin event tells. */
type ThinEventFacts = {
  id: string;
  type: string;
  created: number;
  /** The object that it leads to. */
  related: { id: string; type: string; url: string } | undefined;
  /** The id of the snapshot event of the same happening. */
  snapshotEvent: string | undefined;
};

/** Yields a thin event as the API shows it, which holds no object. */
export function thinEventObject({ id, type, created, related, snapshotEvent }: ThinEventFacts): StripeObject {
  return {
    id,
    object: "v2.core.event",
    created: rfc3339(created),
    livemode: false,
    ...(related && { related_object: related }),
    ...(snapshotEvent !== undefined && { snapshot_event: snapshotEvent }),
    type,
  };
}

/** What an event tells. */
export type EventFacts = {
  id: string;
  type: string;
  created: number;
  /** The version that the account's events are rendered in, which is not the one that a later request asks for. */
  apiVersion: string;
  object: StripeObject;
  /** The former values of the fields that an update changed. */
  previousAttributes?: Record<string, unknown> | undefined;
};

/** Yields an event as the API shows it, with the object as it was at that time. */
export function eventObject({ id, type, created, apiVersion, object, previousAttributes }: EventFacts): StripeObject {
  const hasPlainRequest = isBeforeVersion(apiVersion, "2017-06-05");
  const previous = type.endsWith(".updated") && previousAttributes && { previous_attributes: previousAttributes };
  return {
    id,
    object: "event",
    api_version: apiVersion,
    created,
    data: { object: renderedAs(object, apiVersion), ...previous },
    livemode: false,
    pending_webhooks: 0,
    request: hasPlainRequest ? null : { id: null, idempotency_key: null },
    type,
  };
}
