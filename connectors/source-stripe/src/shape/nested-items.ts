import { scanMembers } from "@sluice/protocol/stdio";
import type { StreamParent, StripeStream } from "@sluice/stripe-catalog";
import { textOf, type StripeEvent } from "../events/event.ts";
import type { PageItem } from "../object-copier.ts";
import { wasCreatedIn } from "../stream-state.ts";
import type { StampedPage, StripeClient } from "../stripe-client.ts";
import { deleteVersion, eventVersion, listVersion, refetchVersion } from "../versions.ts";
import { carriedObject, splitArray } from "./carried-object.ts";
import { fetchObject } from "./fetched-object.ts";
import { deleteLines, joined, NO_ROWS, recordLines, type RowOwner, type Rows } from "./record-lines.ts";
import type { Carried, Cause, Shape, ShapeOrigin, ToldRows } from "./shape.ts";
import { wholeList } from "./whole-list.ts";

const NOTHING = Buffer.alloc(0);

type Item = { id: string; bytes: Buffer };
/** A list inside a parent. Of what an event says it was only the members are there that changed. */
type List = { data: Buffer | undefined; url: string | undefined; isCut: boolean };
/** What a parent shows of its list; undefined where it shows none. */
type ShownList = { items: Item[]; url: string | undefined; isCut: boolean } | undefined;

/** The items of a list inside other objects are the records, each with its parent's id as its first member. */
export class NestedItems implements Shape {
  readonly lister: StripeStream;
  readonly listQuery: Readonly<Record<string, string>>;
  readonly framing;
  /** Of what is sent whole; a delete has no more than the key. */
  readonly #owner: RowOwner;
  readonly #account: string | undefined;
  readonly #parent: StreamParent;
  readonly #client: StripeClient;

  constructor(
    stream: StripeStream,
    { parent, lister, client, account }: ShapeOrigin & { parent: StreamParent; lister: StripeStream },
  ) {
    this.lister = lister;
    this.listQuery = parent.always ? {} : { "expand[0]": parent.expand };
    this.framing = { head: () => NOTHING, tail: NOTHING, createdField: lister.created_field };
    // where the parent is an account, the item has its id already
    this.#owner = { stream: stream.name, account: parent.key === "account_id" ? undefined : account };
    this.#account = account;
    this.#parent = parent;
    this.#client = client;
  }

  async pageRows({ lines, asOf }: StampedPage, wanted: readonly PageItem[]): Promise<Rows> {
    const version = listVersion(asOf);
    const parts = wanted.map(async ({ id, start, end }) => {
      const items = await this.#allItems(id, lines.subarray(start, end));
      return this.#upserts(id, items, version);
    });
    return joined(await Promise.all(parts));
  }

  /** An event of the parent's, or of an item, which mostly says which parent to look at; a detached source does not. */
  carried(event: StripeEvent): Carried {
    if (this.lister.events.includes(event.type)) {
      const object = carriedObject(event.object, this.lister.created_field);
      const shown = this.#shown(object.bytes);
      const isUsable = shown !== undefined && !shown.isCut;
      const former = event.previous === undefined ? undefined : this.#list(event.previous);
      const formerIds = former?.data === undefined ? [] : itemsOf(former.data).map(({ id }) => id);
      return { object, about: "object", isUsable, formerIds, hadMore: former?.isCut === true };
    }
    const item = carriedObject(event.object, null);
    const kind = this.#parent.object.split(".").at(-1) ?? "";
    const parentId = textOf(scanMembers(item.bytes, [kind])?.[0]) ?? this.#ownAccount;
    return {
      object: { ...item, id: parentId ?? item.id, created: undefined },
      about: parentId === undefined ? "stray_item" : "item",
      isUsable: false,
      formerIds: [item.id],
      hadMore: false,
    };
  }

  snapshot({ object, formerIds, hadMore }: Carried, second: number): ToldRows {
    const { items, isCut } = this.#shown(object.bytes) ?? { items: [], isCut: true };
    // a list that is cut does not tell what is gone
    const gone = isCut ? NO_ROWS : this.#deletes(object.id, without(formerIds, items), second);
    const upserts = this.#upserts(object.id, items, eventVersion(second));
    return { ...joined([upserts, gone]), isUnsure: isCut || hadMore };
  }

  removed({ object, about, formerIds, hadMore }: Carried, second: number): ToldRows {
    if (about === "stray_item") return this.#deletes(object.id, formerIds, second);
    const { items, isCut } = this.#shown(object.bytes) ?? { items: [], isCut: true };
    const ids = items.map(({ id }) => id);
    return { ...this.#deletes(object.id, [...ids, ...formerIds], second), isUnsure: isCut || hadMore };
  }

  async refetched(id: string, { second, formerIds, hadMore, created }: Cause): Promise<ToldRows> {
    const query = this.#parent.always ? {} : { "expand[0]": this.#parent.field.join(".") };
    const { bytes, asOf } = await fetchObject(this.#client, this.lister, { id, query });
    // an event of an item does not say when its parent was created
    if (bytes !== undefined && !wasCreatedIn(created, carriedObject(bytes, this.lister.created_field).created))
      return NO_ROWS;
    const items = bytes === undefined ? [] : await this.#allItems(id, bytes);
    const gone = this.#deletes(id, without(formerIds, items), Math.max(asOf - 1, second));
    const upserts = this.#upserts(id, items, refetchVersion(asOf, second));
    return {
      ...joined([upserts, gone]),
      isUnsure: bytes === undefined || hadMore || this.#shown(bytes)?.isCut === true,
    };
  }

  /** The account whose events are read, where it is a parent and its id a part of the items' keys. */
  get #ownAccount(): string | undefined {
    return this.#parent.key === "account_id" ? this.#account : undefined;
  }

  #deletes(parentId: string, ids: readonly string[], second: number): Rows {
    const account = this.#ownAccount === undefined ? this.#account : parentId;
    return deleteLines({ ...this.#owner, account, version: deleteVersion(second) }, new Set(ids));
  }

  async #allItems(parentId: string, object: Buffer): Promise<Item[]> {
    const shown = this.#shown(object);
    if (shown === undefined || !shown.isCut || shown.url === undefined) return shown?.items ?? [];
    // without an answer the parent is gone, and its delete on its way
    return (await wholeList(this.#client, { parent: parentId, url: shown.url })) ?? [];
  }

  #shown(object: Buffer): ShownList {
    const { data, url, isCut } = this.#list(object);
    return data === undefined ? undefined : { items: itemsOf(data), url, isCut };
  }

  #list(object: Buffer): List {
    let list: Buffer | undefined = object;
    for (const name of this.#parent.field) list = list === undefined ? undefined : scanMembers(list, [name])?.[0];
    const [data, hasMore, url] = list === undefined ? [] : (scanMembers(list, ["data", "has_more", "url"]) ?? []);
    return { data, url: textOf(url), isCut: hasMore?.toString() === "true" };
  }

  #upserts(parentId: string, items: readonly Item[], version: number): Rows {
    if (items.length === 0) return NO_ROWS;
    const first = Buffer.from(`{${JSON.stringify(this.#parent.key)}:${JSON.stringify(parentId)},`);
    // behind the brace that begins the item
    const objects = items.map(({ bytes }) => Buffer.concat([first, bytes.subarray(1)]));
    return recordLines({ ...this.#owner, version }, objects);
  }
}

function itemsOf(data: Buffer): Item[] {
  const { lines, items } = splitArray(data);
  return items.map(({ id, start, end }) => ({ id, bytes: lines.subarray(start, end) }));
}

function without(ids: readonly string[], items: readonly Item[]): string[] {
  return ids.filter((id) => !items.some((item) => item.id === id));
}
