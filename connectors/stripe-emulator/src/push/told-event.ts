import type { StripeObject } from "../stripe-object.ts";

/** A snapshot event on its way to those who are pushed events. */
export type ToldEvent = {
  id: string;
  type: string;
  /** The connected account that it happened in; undefined for the platform's own. */
  account?: string;
  /** Yields it as it looks in a version; in that of the account when absent. */
  render(version?: string): StripeObject;
};
