import { scanMembers } from "@sluice/protocol/stdio";
import type { Owner } from "../account.ts";
import { readEvent, textOf, type StripeEvent } from "../events/event.ts";
import { splitArray } from "../shape/carried-object.ts";

/** Whose events a read takes. */
export type Audience = {
  mode: Owner["mode"];
  /** Tells whether an account is read; undefined stands for the key's own. */
  reads(account: string | undefined): boolean;
};
/** An event and the connected account that it is of; undefined for the key's own. */
export type PushedEvent = { event: StripeEvent; account: string | undefined };

/**
 * Yields the event of a body that Stripe pushed; undefined for one that is not of data that is read, or carries no
 * object: a thin event. Throws MalformedPage or `data` for what is no event.
 */
export function pushedEvent(body: Buffer, { mode, reads }: Audience): PushedEvent | undefined {
  const { lines } = splitArray(Buffer.concat([Buffer.from("["), body, Buffer.from("]")]));
  const [object, ofAccount, livemode] = scanMembers(lines, ["object", "account", "livemode"]) ?? [];
  if (textOf(object) !== "event") return undefined;
  const account = textOf(ofAccount);
  if (!reads(account)) return undefined;
  if ((livemode?.toString() === "true") !== (mode === "live")) return undefined;
  return { event: readEvent(lines), account };
}
