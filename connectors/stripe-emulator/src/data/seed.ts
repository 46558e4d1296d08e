import type { StripeObject } from "../stripe-object.ts";

/** An object that exists but is not made until somebody asks for it. */
export type Seed = {
  id: string;
  /** Unix seconds; orders the list even where the object shows no such field. */
  created: number;
  /** The id of the object under which it is listed, in lists that belong to one. */
  parent?: string;
  /** Unix seconds before which no list shows it; from the start when absent. */
  visibleFrom?: number;
  /** Makes the object: the same one each time. */
  make: () => StripeObject;
};
