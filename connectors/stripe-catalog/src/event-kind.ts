import type { EventType } from "./catalog.ts";
import { eventsThatDeleteNothing } from "./overlay.ts";

/** Yields what a type of event says has become of its object; a thin event's as its twin's. */
export function eventKind(type: string): EventType["kind"] {
  if (type.endsWith(".created")) return "create";
  return type.endsWith(".deleted") && !eventsThatDeleteNothing.has(type.replace(/^v1\./, "")) ? "delete" : "update";
}
