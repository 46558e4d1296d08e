import { SluiceError } from "@sluice/protocol";
import { z } from "zod";
import { leavesStreamOut, StripeApiError } from "./api-error.ts";
import { isLiveKey } from "./budgets.ts";
import type { StripeClient } from "./stripe-client.ts";

/** Whose data a state is about: states of another account or mode are refused. */
export const Owner = {
  account: z.string().nullable().describe("The account; null while the key may not tell."),
  mode: z.enum(["live", "test"]),
};
const OwnerObject = z.object(Owner);
export type Owner = z.infer<typeof OwnerObject>;

const PATH = "/v1/account";
const Account = z.looseObject({ id: z.string() });

/** Resolves to whose data the key opens. A key that may not read the account often learns its id from the refusal. */
export async function ownerOf(client: StripeClient, apiKey: string): Promise<Owner> {
  return { account: await accountOf(client), mode: isLiveKey(apiKey) ? "live" : "test" };
}

async function accountOf(client: StripeClient): Promise<string | null> {
  try {
    const { bytes } = await client.retrieve({ path: PATH, endpoint: PATH });
    return Account.parse(JSON.parse(bytes.toString())).id;
  } catch (error) {
    if (leavesStreamOut(error) || (error instanceof StripeApiError && error.reaction === "fail"))
      return error.account ?? null;
    throw error;
  }
}

/** Throws `config` when a state belongs to another account or mode than the key; `what` names the state. */
export function assertSameOwner(what: string, of: Owner, owner: Owner): void {
  const isOther = of.account !== null && owner.account !== null && of.account !== owner.account;
  if (of.mode === owner.mode && !isOther) return;
  throw new SluiceError(
    "config",
    `${what} belongs to ${of.account ?? "an account"} in ${of.mode} mode, but the API key opens ${owner.account ?? "an account"} in ${owner.mode} mode; use a key of the former, or another pipeline for the latter.`,
  );
}
