import { createHmac } from "node:crypto";

/** Yields the Stripe-Signature of a body sent at these unix seconds; see https://docs.stripe.com/webhooks#verify-manually. */
export function signatureOf(body: string, { secret, seconds }: { secret: string; seconds: number }): string {
  const digest = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
  return `t=${seconds},v1=${digest}`;
}
