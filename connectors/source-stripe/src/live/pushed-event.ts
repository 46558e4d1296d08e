import { scanMembers } from "@sluice/protocol/stdio";
import type { Owner } from "../account.ts";
import { readEvent, textOf, type StripeEvent } from "../events/event.ts";
import { splitArray } from "../shape/carried-object.ts";

/**
 * Yields the event of a body that Stripe pushed; undefined for one that is not of the owner's data, or carries no object:
 * a thin event. Throws MalformedPage or `data` for what is no event.
 */
export function pushedEvent(body: Buffer, { account, mode }: Owner): StripeEvent | undefined {
  const { lines } = splitArray(Buffer.concat([Buffer.from("["), body, Buffer.from("]")]));
  const [object, ofAccount, livemode] = scanMembers(lines, ["object", "account", "livemode"]) ?? [];
  if (textOf(object) !== "event") return undefined;
  const of = textOf(ofAccount);
  // of an account that is connected to this one
  if (of !== undefined && of !== account) return undefined;
  if ((livemode?.toString() === "true") !== (mode === "live")) return undefined;
  return readEvent(lines);
}
