import type { Seed } from "../data/seed.ts";
import type { StripeObject } from "../stripe-object.ts";
import { type Entry, isBefore, positionOf } from "./entry.ts";

/** Names what an object belongs to, where a field is asked for. */
export const PARENT = Symbol("parent");

type Key = string | typeof PARENT;

/** The objects of one stream, oldest first, each under its id; those of the data set appear when first needed. */
export class Collection {
  readonly stream: string;
  readonly #load: () => Seed[];
  readonly #isHidden: ((object: StripeObject) => boolean) | undefined;
  readonly #indexes = new Map<Key, Map<string, Entry[]>>();
  readonly #shown = new Map<string, WeakMap<Entry, string>>();
  #loaded: { entries: Entry[]; byId: Map<string, Entry> } | undefined;
  #nextOrder = 0;

  /** `isHidden` tells of objects that the list leaves out unless it is asked for everything. */
  constructor(stream: string, load: () => Seed[], isHidden?: (object: StripeObject) => boolean) {
    this.stream = stream;
    this.#load = load;
    this.#isHidden = isHidden;
  }

  /** All objects, oldest first; not to be changed by the caller. */
  get entries(): readonly Entry[] {
    return this.#content.entries;
  }

  get(id: string): Entry | undefined {
    return this.#content.byId.get(id);
  }

  get hidesSome(): boolean {
    return this.#isHidden !== undefined;
  }

  /** Yields whether the list leaves this object out unless it is asked for everything. */
  hides(entry: Entry): boolean {
    entry.hidden ??= this.#isHidden?.(entry.make()) ?? false;
    return entry.hidden;
  }

  /** Yields the objects whose field shows this value as text, oldest first; PARENT stands for what they belong to. */
  matching(field: Key, value: string): readonly Entry[] {
    let index = this.#indexes.get(field);
    if (index === undefined) {
      index = new Map();
      for (const entry of this.#content.entries) bucket(index, keyOf(entry, field)).push(entry);
      this.#indexes.set(field, index);
    }
    return index.get(value) ?? [];
  }

  /** Yields a field as text, as a filter compares it; a dotted field is inside another. */
  fieldText(entry: Entry, field: string): string {
    let shown = this.#shown.get(field);
    if (shown === undefined) {
      shown = new WeakMap();
      this.#shown.set(field, shown);
    }
    let text = shown.get(entry);
    if (text === undefined) {
      text = fieldText(entry, field);
      shown.set(entry, text);
    }
    return text;
  }

  add(seed: Seed): Entry {
    const { entries, byId } = this.#content;
    const entry = this.#entry(seed);
    insert(entries, entry);
    byId.set(entry.id, entry);
    for (const [field, index] of this.#indexes) insert(bucket(index, keyOf(entry, field)), entry);
    return entry;
  }

  replace(entry: Entry, object: StripeObject): void {
    for (const [field, index] of this.#indexes) withdraw(bucket(index, keyOf(entry, field)), entry);
    entry.make = () => object;
    entry.revision += 1;
    entry.hidden = undefined;
    entry.text = undefined;
    for (const shown of this.#shown.values()) shown.delete(entry);
    for (const [field, index] of this.#indexes) insert(bucket(index, keyOf(entry, field)), entry);
  }

  remove(entry: Entry): void {
    for (const [field, index] of this.#indexes) withdraw(bucket(index, keyOf(entry, field)), entry);
    withdraw(this.#content.entries, entry);
    this.#content.byId.delete(entry.id);
  }

  get #content() {
    if (this.#loaded === undefined) {
      const entries = this.#load().map((seed) => this.#entry(seed));
      this.#loaded = { entries, byId: new Map(entries.map((entry) => [entry.id, entry])) };
    }
    return this.#loaded;
  }

  #entry({ id, created, parent, visibleFrom, make }: Seed): Entry {
    const order = this.#nextOrder;
    this.#nextOrder += 1;
    return { id, created, order, parent, visibleFrom, make, revision: 0, hidden: undefined, text: undefined };
  }
}

function fieldText(entry: Entry, field: string): string {
  let value: unknown = entry.make();
  for (const name of field.split(".")) {
    value = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  }
  return String(value);
}

function keyOf(entry: Entry, field: Key): string {
  return field === PARENT ? (entry.parent ?? "") : fieldText(entry, field);
}

function bucket(index: Map<string, Entry[]>, key: string): Entry[] {
  let entries = index.get(key);
  if (entries === undefined) {
    entries = [];
    index.set(key, entries);
  }
  return entries;
}

function insert(entries: Entry[], entry: Entry): void {
  const last = entries.at(-1);
  if (last === undefined || isBefore(last, entry)) entries.push(entry);
  else entries.splice(positionOf(entries, entry), 0, entry);
}

function withdraw(entries: Entry[], entry: Entry): void {
  const at = positionOf(entries, entry);
  if (entries[at] === entry) entries.splice(at, 1);
}
