import type { StreamPlan } from "../data/stream-plan.ts";
import { ApiError } from "./api-error.ts";
import { maskedKey } from "./authentication.ts";

/** Yields the object whose read permission a list needs: of what is listed below an object, that object's. */
export function guardOf(plan: StreamPlan, plans: readonly StreamPlan[]): string {
  const parent = plans.find(({ name }) => name === plan.parent?.stream);
  return parent === undefined || parent.list === undefined ? plan.object : guardOf(parent, plans);
}

/** Yields the permission to read a kind of object, as the dashboard names it: `credit_note_read`. */
export function permissionToRead(object: string): string {
  return `${object.replaceAll(".", "_")}_read`;
}

/** Yields the refusal of a restricted key, which names the permission that is missing. */
export function missingPermission(key: string, object: string): ApiError {
  const words = object.split(/[._]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  const message =
    `The provided key '${maskedKey(key)}' does not have the required permissions for this endpoint. ` +
    `Enabling "${plural(words.join(" "))} Read" (\`${permissionToRead(object)}\`) permissions on this key would allow this request to continue.`;
  return new ApiError(message, { status: 403, code: "more_permissions_required" });
}

function plural(words: string): string {
  if (words.endsWith("y")) return `${words.slice(0, -1)}ies`;
  return words.endsWith("s") ? words : `${words}s`;
}
