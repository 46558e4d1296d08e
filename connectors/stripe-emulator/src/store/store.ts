import { allStreams, type Catalog } from "@sluice/stripe-catalog";
import { childRange } from "../data/child-pattern.ts";
import type { Dataset } from "../data/dataset.ts";
import { EMBEDDED_LIMIT, childListPath, listObject } from "../data/embedded-list.ts";
import { rfc3339, unixSeconds } from "../data/instant.ts";
import { StreamFinder } from "../data/stream-finder.ts";
import type { StreamPlan } from "../data/stream-plan.ts";
import type { Settings } from "../settings.ts";
import type { StripeObject } from "../stripe-object.ts";
import { Collection, PARENT } from "./collection.ts";
import type { Entry } from "./entry.ts";
import { EventJournal } from "./event-journal.ts";

/** Objects that a list leaves out unless it is asked for everything. */
const HIDDEN: Record<string, (object: StripeObject) => boolean> = {
  subscriptions: ({ status }) => status === "canceled" || status === "incomplete_expired",
  reviews: ({ open }) => open === false,
  v2_core_accounts: ({ closed }) => closed === true,
};

/** Where an object is. */
export type Found = { plan: StreamPlan; collection: Collection; entry: Entry };

/** Everything in the emulated account; each change of it also adds the events by which the API tells of it. */
export class Store {
  readonly dataset: Dataset;
  readonly settings: Settings;
  /** Yields the account's time in unix seconds. */
  readonly now: () => number;
  readonly #collections = new Map<string, Collection>();
  #finder: StreamFinder | undefined;
  readonly #added = new Map<string, number>();
  readonly #stubs = new Map<string, StripeObject>();
  readonly journal: EventJournal;

  constructor(dataset: Dataset, { now, settings }: { now: () => number; settings: Settings }) {
    this.dataset = dataset;
    this.now = now;
    this.settings = settings;
    this.journal = new EventJournal({
      dataset,
      collection: (stream) => this.collection(stream),
      clock: now,
      settings,
    });
  }

  get catalog(): Catalog {
    return this.dataset.catalog;
  }

  collection(stream: string): Collection {
    let collection = this.#collections.get(stream);
    if (collection === undefined) {
      if (!this.#owned.some(({ name }) => name === stream)) throw new RangeError(`There is no stream "${stream}".`);
      collection = new Collection(stream, () => this.dataset.seeds(stream), HIDDEN[stream]);
      this.#collections.set(stream, collection);
    }
    return collection;
  }

  find(id: string): Found | undefined {
    this.#finder ??= new StreamFinder(this.#owned);
    for (const plan of this.#finder.likely(id)) {
      const collection = this.collection(plan.name);
      const entry = collection.get(id);
      if (entry !== undefined) return { plan, collection, entry };
    }
    return undefined;
  }

  /** Yields the stub that stays of a deleted object, where its kind leaves one. */
  tombstone(id: string): StripeObject | undefined {
    return this.#stubs.get(id);
  }

  /** Yields how many objects a walk through each list would show when nothing is hidden from it. */
  counts(): Record<string, number> {
    const shown = (collection: Collection) =>
      collection.stream === "reviews"
        ? collection.entries.filter((entry) => !collection.hides(entry)).length
        : collection.entries.length;
    const listed = this.dataset.plans.filter((plan) => plan.list !== undefined && plan.view === undefined);
    const counts = new Map(listed.map(({ name }) => [name, shown(this.collection(name))]));
    // a nested list is a stream of another name than its path's: subscriptions_items is /v1/subscription_items
    for (const { name, path, parent } of allStreams(this.catalog)) {
      const plan = parent === null ? undefined : listed.find(({ list }) => list?.path === path);
      if (plan !== undefined) counts.set(name, counts.get(plan.name) ?? 0);
    }
    return Object.fromEntries(counts);
  }

  /** Adds an object: what the data set would make next, with these fields over it. Yields the whole object. */
  create(plan: StreamPlan, fields: Record<string, unknown>, parent?: string): StripeObject {
    const position = this.dataset.world.count(plan.name) + (this.#added.get(plan.name) ?? 0);
    this.#added.set(plan.name, (this.#added.get(plan.name) ?? 0) + 1);
    const seed = this.dataset.seed(plan.name, position);
    const made = seed.make();
    const created = unixSeconds(fields["created"]) ?? this.now();
    const object: StripeObject = { ...made, ...timesOf(made, created), ...this.#parentField(plan, parent), ...fields };
    const owner = parent === undefined ? {} : { parent };
    const late = this.settings.lateSeconds[plan.name];
    const visibility = late === undefined ? {} : { visibleFrom: this.now() + late };
    this.collection(plan.name).add({ id: object.id, created, ...owner, ...visibility, make: () => object });
    this.#createEmbedded(plan, position, { object, given: fields });
    this.journal.tell(plan, { kind: "create", object }, parent);
    this.#refreshParent(plan, parent);
    return object;
  }

  /** Sets fields of an object and yields it whole. */
  update({ plan, collection, entry }: Found, fields: Record<string, unknown>): StripeObject {
    const before = entry.make();
    const object: StripeObject = { ...before, ...fields, id: before.id, object: before.object };
    collection.replace(entry, object);
    this.#refreshParent(plan, entry.parent);
    if (JSON.stringify(before) !== JSON.stringify(object))
      this.journal.tell(plan, { kind: "update", object, before }, entry.parent);
    return object;
  }

  /** Removes an object and what belongs to it alone. A subscription is canceled instead, an account of version 2 closed. */
  delete(found: Found): void {
    const { plan, collection, entry } = found;
    const object = entry.make();
    if (object.object === "subscription") {
      this.#cancel(found);
      return;
    }
    if (object.object === "v2.core.account") {
      this.update(found, { closed: true });
      return;
    }
    collection.remove(entry);
    for (const child of this.dataset.plans) {
      if (child.parent?.stream !== plan.name || child.view !== undefined) continue;
      const children = this.collection(child.name);
      for (const orphan of [...children.matching(PARENT, entry.id)]) children.remove(orphan);
    }
    this.#refreshParent(plan, entry.parent);
    if (plan.list?.leaves_stub === true)
      this.#stubs.set(object.id, { id: object.id, object: object.object, deleted: true });
    if (object.object === "customer") this.#endSubscriptions(object.id);
    this.journal.tell(plan, { kind: "delete", object }, entry.parent);
  }

  get #owned(): readonly StreamPlan[] {
    return this.dataset.plans.filter((plan) => plan.view === undefined);
  }

  #endSubscriptions(customer: string): void {
    for (const { id: subscription } of [...this.collection("subscriptions").matching("customer", customer)]) {
      const found = this.find(subscription);
      if (found !== undefined) this.#cancel(found);
    }
  }

  #cancel(found: Found): void {
    if (found.entry.make()["status"] === "canceled") return;
    const now = this.now();
    this.update(found, { canceled_at: now, ended_at: now, status: "canceled" });
  }

  #createEmbedded(
    plan: StreamPlan,
    position: number,
    { object, given }: { object: StripeObject; given: object },
  ): void {
    for (const { child, field } of this.dataset.embedded(plan.name)) {
      if (field in given) continue;
      const children = this.collection(child.name);
      const [from, to] = childRange(child.pattern, position);
      for (let at = from; at < to; at += 1) {
        const seed = this.dataset.seed(child.name, at);
        const make = () => ({ ...seed.make(), ...this.#parentField(child, object.id) });
        children.add({ id: seed.id, created: this.now(), parent: object.id, make });
      }
      object[field] = this.#embeddedList(child, object.id);
    }
  }

  #embeddedList(child: StreamPlan, parent: string) {
    const all = this.collection(child.name).matching(PARENT, parent);
    const data = all
      .slice(-EMBEDDED_LIMIT)
      .toReversed()
      .map((entry) => entry.make());
    return listObject(data, all.length > EMBEDDED_LIMIT, childListPath(child, parent));
  }

  /** A parent shows the start of its children's list in itself, so a change of a child is an update of the parent. */
  #refreshParent(plan: StreamPlan, parent: string | undefined): void {
    if (plan.parent === undefined || parent === undefined) return;
    const embedded = this.dataset.embedded(plan.parent.stream).find(({ child }) => child.name === plan.name);
    const owner = this.dataset.plans.find(({ name }) => name === plan.parent?.stream);
    const entry = owner && this.collection(owner.name).get(parent);
    if (embedded === undefined || owner === undefined || entry === undefined) return;
    const before = entry.make();
    const object = { ...before, [embedded.field]: this.#embeddedList(plan, parent) };
    this.collection(owner.name).replace(entry, object);
    this.journal.tell(owner, { kind: "update", object, before });
  }

  #parentField({ parent, object }: StreamPlan, id: string | undefined): Record<string, unknown> {
    const properties = this.catalog.schemas[object]?.properties ?? {};
    return parent !== undefined && id !== undefined && parent.parameter in properties ? { [parent.parameter]: id } : {};
  }
}

/** A new object is as old as it says: its times become those of its creation, its links to money yet to come null. */
function timesOf(made: StripeObject, created: number): Record<string, unknown> {
  const times: Record<string, unknown> = {};
  for (const field of ["created", "date", "updated"])
    if (field in made) times[field] = typeof made[field] === "string" ? rfc3339(created) : created;
  if ("balance_transaction" in made && made.object !== "balance_transaction") times["balance_transaction"] = null;
  return times;
}
