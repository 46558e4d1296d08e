import type { LinkedStream } from "./blueprint.ts";
import { rfc3339 } from "./instant.ts";
import type { World } from "./world.ts";

/** One account of version 2 in five is closed, so that the list of open ones is not all there is. */
function accountFields(world: World, account: number) {
  const random = world.random("v2_core_accounts", account);
  return {
    applied_configurations: [random.pick(["customer", "merchant", "recipient"])],
    closed: account % 5 === 4,
    contact_email: `owner.${random.digits(5)}@example.com`,
    created: rfc3339(world.created("v2_core_accounts", account)),
    dashboard: random.pick(["express", "full", "none"]),
    display_name: `Shop ${account + 1}`,
  };
}

/** Who sells through the platform, as version 2 of the API shows it. */
export const ACCOUNT_STREAMS: Record<string, LinkedStream> = {
  v2_core_accounts: { count: 45, fields: accountFields },
};
