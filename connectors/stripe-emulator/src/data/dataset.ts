import type { Catalog, JsonSchema } from "@sluice/stripe-catalog";
import type { StripeObject } from "../stripe-object.ts";
import { balanceTransactionSeeds } from "./balance-transactions.ts";
import type { Blueprint } from "./blueprint.ts";
import { childRange, parentOfChild } from "./child-pattern.ts";
import { ObjectCountError, objectCounts } from "./counts.ts";
import { creationEventSeeds, creationThinEventSeeds } from "./creation-events.ts";
import type { Distribution } from "./distribution.ts";
import { EMBEDDED_LIMIT, childListPath, listObject } from "./embedded-list.ts";
import { idPrefix } from "./id-prefix.ts";
import { LINKED_STREAMS, blueprintOf } from "./linked-streams.ts";
import { type GeneratorContext, generateValue } from "./object-generator.ts";
import { hashText, mix } from "./random.ts";
import type { Seed } from "./seed.ts";
import { type StreamPlan, planStreams } from "./stream-plan.ts";
import { World } from "./world.ts";

/** What a data set follows from; the same settings give the same objects, byte for byte. */
type DatasetSettings = {
  seed: number;
  now: number;
  objects: Readonly<Record<string, number>>;
  /** How many objects the streams start with that `objects` does not name; a small number by default. */
  others?: number;
  /** By stream name. */
  distributions: Readonly<Record<string, Distribution>>;
};

type Form = {
  plan: StreamPlan;
  schema: JsonSchema;
  blank: StripeObject;
  blueprint: Blueprint | undefined;
  embedded: Embedded[];
};
type Embedded = { field: string; child: StreamPlan };

/** The objects that an account starts with, tied to each other, each made when it is asked for. */
export class Dataset {
  readonly catalog: Catalog;
  readonly plans: readonly StreamPlan[];
  readonly world: World;
  readonly #forms = new Map<string, Form>();
  readonly #streamOfObject: Map<string, string>;

  constructor(catalog: Catalog, settings: DatasetSettings, plans: readonly StreamPlan[] = planStreams(catalog)) {
    this.catalog = catalog;
    this.plans = plans;
    const unknown = Object.keys(settings.distributions).find((name) => !this.plans.some((plan) => plan.name === name));
    if (unknown !== undefined) throw new ObjectCountError(`"${unknown}" is no stream whose times could lie otherwise.`);
    const owners = Object.entries(LINKED_STREAMS).flatMap(([name, { owner }]) =>
      owner ? [[name, owner] as const] : [],
    );
    const prefixes = this.plans.map(({ name, object }) => [name, idPrefix(object)] as const);
    const moved = ["charges", "refunds", "payouts"].map((name) => [`balance_transactions/${name}`, "txn_"] as const);
    this.world = new World({
      seed: settings.seed,
      now: settings.now,
      counts: objectCounts([...this.plans], settings.objects, settings.others),
      prefixes: new Map([...prefixes, ...moved]),
      owners: new Map(owners),
      distributions: new Map(Object.entries(settings.distributions)),
    });
    const topLevel = this.plans.filter((plan) => plan.parent === undefined && plan.list !== undefined);
    this.#streamOfObject = new Map(topLevel.map((plan) => [plan.object, plan.name]));
  }

  /** Yields the objects of another account, which has none but those that are asked for. */
  ofAccount(id: string, objects: Readonly<Record<string, number>>): Dataset {
    const seed = mix(hashText(id), this.world.seed);
    const settings = { seed, now: this.world.now, objects, others: 0, distributions: {} };
    return new Dataset(this.catalog, settings, this.plans);
  }

  /** Yields what a stream starts with, oldest first. */
  seeds(stream: string): Seed[] {
    if (stream === "balance_transactions") return balanceTransactionSeeds(this.world, this.#formOf(stream).blank);
    if (stream === "events") return creationEventSeeds(this);
    if (stream === "v2_core_events") return creationThinEventSeeds(this);
    return Array.from({ length: this.world.count(stream) }, (_, position) => this.seed(stream, position));
  }

  /** Yields the object at a position; positions from the stream's count on are those of objects added later. */
  seed(stream: string, position: number): Seed {
    const { plan } = this.#formOf(stream);
    const id = this.world.id(stream, position);
    const make = () => this.#make(stream, position);
    if (plan.parent === undefined) return { id, created: this.world.created(stream, position), make };
    const owner = parentOfChild(plan.pattern, position);
    const created = this.world.created(plan.parent.stream, owner);
    return { id, created, parent: this.world.id(plan.parent.stream, owner), make };
  }

  /** Yields the fields in which a stream's objects show the start of a list of their own. */
  embedded(stream: string): readonly Embedded[] {
    return this.#formOf(stream).embedded;
  }

  #make(stream: string, position: number): StripeObject {
    const { plan, schema, blank, blueprint, embedded } = this.#formOf(stream);
    const id = this.world.id(stream, position);
    const fields =
      blueprint?.(this.world, position) ?? generateValue(schema, plan.object, this.#context(plan, position, false));
    const made: StripeObject = { ...blank, ...(fields as object), id, object: blank.object };
    for (const { field, child } of embedded) made[field] = this.#embeddedList(child, position, id);
    return made;
  }

  #embeddedList(child: StreamPlan, parent: number, parentId: string) {
    const [from, to] = childRange(child.pattern, parent);
    const first = Math.max(from, to - EMBEDDED_LIMIT);
    const data = Array.from({ length: to - first }, (_, at) => this.#make(child.name, to - 1 - at));
    return listObject(data, first > from, childListPath(child, parentId));
  }

  #form(plan: StreamPlan): Form {
    const schema = this.catalog.schemas[plan.object] ?? { type: "object" };
    const blueprint = blueprintOf(plan.name);
    const generated = generateValue(schema, plan.object, this.#context(plan, 0, true));
    const object = CONCRETE_OBJECTS[plan.object] ?? plan.object;
    const isFilledIn = blueprint !== undefined || plan.name === "balance_transactions";
    const base: StripeObject = { ...(isFilledIn && (generated as object)), id: "", object };
    const keys =
      blueprint === undefined ? [] : Object.keys(this.world.count(plan.name) > 0 ? blueprint(this.world, 0) : {});
    const children = this.plans.filter((child) => child.parent?.stream === plan.name && child.view === undefined);
    const embedded = (schema.required ?? [])
      .filter((field) => "has_more" in (schema.properties?.[field]?.properties ?? {}))
      .flatMap((field) => {
        const own = children.find(({ name }) => name === `${plan.name}_${field}`);
        const child = own ?? children.find(({ name }) => name.endsWith(`_${field}`));
        return child === undefined ? [] : [{ field, child }];
      });
    return { plan, schema, blank: inApiOrder(base, keys), blueprint, embedded };
  }

  #context(plan: StreamPlan, position: number, blank: boolean): GeneratorContext {
    const { world } = this;
    const stream = plan.name;
    const parent = plan.parent;
    const owner = parent === undefined ? 0 : parentOfChild(plan.pattern, position);
    const created = blank
      ? world.now
      : world.created(parent?.stream ?? stream, parent === undefined ? position : owner);
    const link = (field: string) => {
      if (field === parent?.parameter) return world.id(parent.stream, owner);
      const others =
        this.#streamOfObject.get(field) ?? this.#streamOfObject.get(`${plan.object.split(".")[0]}.${field}`);
      const other = others === undefined || others === stream ? undefined : world.older(stream, position, others);
      return others === undefined || other === undefined ? undefined : world.id(others, other);
    };
    return { random: world.random(stream, position), created, blank, link };
  }

  #formOf(stream: string): Form {
    let form = this.#forms.get(stream);
    if (form === undefined) {
      const plan = this.plans.find(({ name }) => name === stream);
      if (plan === undefined) throw new RangeError(`There is no stream "${stream}".`);
      form = this.#form(plan);
      this.#forms.set(stream, form);
    }
    return form;
  }
}

/** What the items of a list that may hold several kinds of object are here. */
const CONCRETE_OBJECTS: Record<string, string> = { external_account: "bank_account", payment_source: "card" };

/** The API shows `id` and `object` first and the other fields by name; absent ones stay undefined and are not shown. */
function inApiOrder(base: StripeObject, more: string[]): StripeObject {
  const names = [...new Set([...Object.keys(base), ...more])].filter((name) => name !== "id" && name !== "object");
  const rest = names.toSorted().map((name) => [name, base[name]] as const);
  return { id: base.id, object: base.object, ...Object.fromEntries(rest) };
}
