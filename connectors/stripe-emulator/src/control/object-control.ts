import { EVENT_STREAMS, type StreamPlan } from "../data/stream-plan.ts";
import type { Found, Store } from "../store/store.ts";
import type { StripeObject } from "../stripe-object.ts";
import { ControlError } from "./control-error.ts";

/** What a new object is to be: its kind, the object under which it is listed where it has one, and any of its fields. */
export type NewObject = { object: string; parent?: string | undefined; [field: string]: unknown };

/** Adds an object to the account and yields it whole. Throws ControlError for a kind or parent that is not there. */
export function createObject(store: Store, { object, parent, ...fields }: NewObject): StripeObject {
  const plans = store.dataset.plans.filter(
    (plan) => plan.object === object && plan.view === undefined && !EVENT_STREAMS.includes(plan.name),
  );
  if (plans.length === 0) {
    throw new ControlError(
      `No list shows objects of the kind "${object}"; name a kind such as "customer" or "issuing.card".`,
    );
  }
  const named =
    parent ?? plans.map((plan) => fields[plan.parent?.parameter ?? ""]).find((id) => typeof id === "string");
  const plan = planFor(store, plans, parent, typeof named === "string" ? named : undefined);
  const id = fields["id"];
  if (id !== undefined && (typeof id !== "string" || id === "" || store.find(id) !== undefined)) {
    throw new ControlError(`The id ${JSON.stringify(id)} is taken or no text; leave "id" out to get a new one.`);
  }
  return store.create(plan, fields, plan.parent === undefined ? undefined : named);
}

/** Sets fields of an object, each as a whole, and yields the object. Throws ControlError when there is no such object. */
export function updateObject(store: Store, id: string, fields: Record<string, unknown>): StripeObject {
  return store.update(existing(store, id), fields);
}

/** Removes an object with what belongs to it alone. Throws ControlError when there is no such object. */
export function deleteObject(store: Store, id: string): void {
  store.delete(existing(store, id));
}

/** An event that no change of an object raises, and what it carries. */
export type NewEvent = { type: string; object: Record<string, unknown> };

/** Adds an event and yields it. Throws ControlError for a type that the API does not have. */
export function raiseEvent(store: Store, { type, object }: NewEvent): StripeObject {
  const known = store.catalog.events.find((event) => event.type === type);
  if (known === undefined)
    throw new ControlError(`There is no event "${type}"; name one such as "invoice.upcoming" or "balance.available".`);
  const { id, ...fields } = object;
  // an invoice that is yet to come has no id
  const carried = { ...(id === undefined ? {} : { id }), object: known.object, ...fields };
  return store.journal.raise(type, carried as StripeObject);
}

function planFor(store: Store, plans: StreamPlan[], parent: string | undefined, named: string | undefined): StreamPlan {
  const topLevel = parent === undefined ? plans.find((plan) => plan.parent === undefined) : undefined;
  if (topLevel !== undefined) return topLevel;
  const owner = named === undefined ? undefined : store.find(named);
  const plan = plans.find(
    (candidate) => candidate.parent !== undefined && candidate.parent.stream === owner?.plan.name,
  );
  if (plan !== undefined) return plan;
  const owners = plans.flatMap((candidate) => candidate.parent?.stream ?? []).join(" or ");
  throw new ControlError(
    owners === ""
      ? `Objects of the kind "${plans[0]?.object}" belong to no other; leave "parent" out.`
      : `Objects of the kind "${plans[0]?.object}" belong to one of ${owners}; set "parent" to the id of one that exists.`,
  );
}

/** Yields where an object is. Throws ControlError when it is not, or is an event. */
export function existing(store: Store, id: string): Found {
  const found = store.find(id);
  if (found === undefined) throw new ControlError(`There is no object "${id}" in the emulated account.`);
  if (EVENT_STREAMS.includes(found.plan.name))
    throw new ControlError("Events are history; they can be neither changed nor removed.");
  return found;
}
