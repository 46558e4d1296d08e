import { createHmac, timingSafeEqual } from "node:crypto";

/** How old a signature may be; see https://docs.stripe.com/webhooks#verify-manually. */
const TOLERANCE_SECONDS = 300;

/**
 * Tells whether a Stripe-Signature header was made for these very bytes, with one of the secrets, not long ago. While a
 * secret is rolled there are two of them, and two signatures.
 */
export function isSigned(
  body: Buffer,
  header: string | undefined,
  { secrets, nowSeconds }: { secrets: readonly string[]; nowSeconds: number },
): boolean {
  const items = (header ?? "").split(",").map((item) => item.trim().split("=", 2));
  const stamp = items.find(([name]) => name === "t")?.[1] ?? "";
  if (!/^\d{1,12}$/.test(stamp) || nowSeconds - Number(stamp) > TOLERANCE_SECONDS) return false;
  const signatures = items.flatMap(([name, value = ""]) => (name === "v1" ? [Buffer.from(value)] : []));
  const expected = secrets.map((secret) =>
    Buffer.from(createHmac("sha256", secret).update(`${stamp}.`).update(body).digest("hex")),
  );
  // all of them, so that the time says nothing of which was near
  const matches = expected.flatMap((own) =>
    signatures.map((given) => given.length === own.length && timingSafeEqual(given, own)),
  );
  return matches.includes(true);
}
