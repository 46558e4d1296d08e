import type { StripeObject } from "../stripe-object.ts";
import type { World } from "./world.ts";

/** Yields the id of the account that the keys belong to. */
export function ownAccountId(world: World): string {
  return `acct_${world.id("account", 0)}`;
}

/** Yields the account that the keys belong to, as GET /v1/account shows it. */
export function ownAccount(world: World): StripeObject {
  const id = ownAccountId(world);
  const created = world.now - 3 * 365 * 86_400;
  return {
    id,
    object: "account",
    business_profile: { mcc: "5734", name: "Lantern & Harbor", support_email: "support@example.com", url: null },
    business_type: "company",
    capabilities: { card_payments: "active", transfers: "active" },
    charges_enabled: true,
    country: "US",
    created,
    default_currency: "usd",
    details_submitted: true,
    email: "owner@example.com",
    metadata: {},
    payouts_enabled: true,
    settings: { dashboard: { display_name: "Lantern & Harbor", timezone: "Etc/UTC" } },
    type: "standard",
  };
}
