import { type EventType, readCatalog } from "../catalog.ts";
import { eventKind } from "../event-kind.ts";
import type { OpenApiDocument } from "./document.ts";

/**
 * Yields each snapshot event that a webhook can be told of in this version. A document names them and mostly does not say
 * what they carry: that is taken from the shipped catalog, and for an event that it does not know from the event's name.
 */
export function readEvents({ paths }: OpenApiDocument, objects: { has(name: string): boolean }): EventType[] {
  const body = paths["/v1/webhook_endpoints"]?.post?.requestBody?.content["application/x-www-form-urlencoded"]?.schema;
  const names = body?.properties?.["enabled_events"]?.items?.enum ?? [];
  const shipped = new Map(readCatalog().events.map((event) => [event.type, event.object]));
  return names
    .filter((name): name is string => typeof name === "string" && name !== "*")
    .flatMap((type) => {
      // an object that this version does not describe is of no stream
      const object = shipped.get(type) ?? objectInName(type, objects);
      return object === undefined || !objects.has(object) ? [] : [{ type, object, kind: eventKind(type) }];
    })
    .toSorted((one, other) => (one.type < other.type ? -1 : 1));
}

/** "issuing_card.created" is about issuing.card, "customer.subscription.paused" about subscription. */
function objectInName(type: string, objects: { has(name: string): boolean }): string | undefined {
  const words = type.split(".").slice(0, -1);
  const candidates = [words.join("."), words.join(".").replace("_", "."), words.at(-1) ?? ""];
  return candidates.find((name) => objects.has(name));
}
