import { EVENT_STREAMS, type StreamPlan } from "../data/stream-plan.ts";
import { EVENT_RETENTION_S } from "../data/event-object.ts";
import { type Collection, PARENT } from "../store/collection.ts";
import { type Entry, firstFrom, positionOf } from "../store/entry.ts";
import type { Store } from "../store/store.ts";
import { agedOut, noSuchObject } from "./api-error.ts";
import type { Filter } from "./list-filter.ts";
import type { ListQuery } from "./list-query.ts";

/** A page of a list, newest first, and whether the list goes on beyond it. */
export type Page = { entries: Entry[]; hasMore: boolean };

/** Yields the page that a query asks for; throws the API's refusal of a cursor that the filtered list does not hold. */
export function readPage(store: Store, plan: StreamPlan, query: ListQuery): Page {
  const collection = store.collection(plan.view?.stream ?? plan.name);
  const { entries, rest } = narrowed(collection, plan, query);
  const now = store.now();
  const retainedFrom = EVENT_STREAMS.includes(plan.name) ? now - EVENT_RETENTION_S : Number.NEGATIVE_INFINITY;
  const shows = (entry: Entry) =>
    (entry.visibleFrom === undefined || entry.visibleFrom <= now) &&
    (query.includeHidden || !collection.hidesSome || !collection.hides(entry)) &&
    rest.every((filter) => passes(collection, entry, filter));
  let from = firstFrom(entries, Math.max(query.created.from, retainedFrom));
  let to = firstFrom(entries, query.created.to);
  const { cursor, position } = query;
  if (position !== undefined) to = Math.min(to, positionOf(entries, position));
  if (cursor !== undefined) {
    const entry = collection.get(cursor.id);
    if (entry !== undefined && entry.created < retainedFrom) throw agedOut(cursor.id);
    const at = entry === undefined ? -1 : positionOf(entries, entry);
    if (entry === undefined || entries[at] !== entry || !shows(entry)) {
      throw noSuchObject(plan.object, cursor.id, cursor.towards === "older" ? "starting_after" : "ending_before");
    }
    if (cursor.towards === "older") to = Math.min(to, at);
    else from = Math.max(from, at + 1);
  }
  return cursor?.towards === "newer"
    ? oldestOf({ entries, from, to, shows, limit: query.limit })
    : newestOf({ entries, from, to, shows, limit: query.limit });
}

type Range = { entries: readonly Entry[]; from: number; to: number; shows: (entry: Entry) => boolean; limit: number };

function newestOf({ entries, from, to, shows, limit }: Range): Page {
  const page: Entry[] = [];
  for (let at = to - 1; at >= from; at -= 1) {
    const entry = entries[at];
    if (entry === undefined || !shows(entry)) continue;
    if (page.length === limit) return { entries: page, hasMore: true };
    page.push(entry);
  }
  return { entries: page, hasMore: false };
}

function oldestOf({ entries, from, to, shows, limit }: Range): Page {
  const page: Entry[] = [];
  for (let at = from; at < to; at += 1) {
    const entry = entries[at];
    if (entry === undefined || !shows(entry)) continue;
    if (page.length === limit) return { entries: page.reverse(), hasMore: true };
    page.push(entry);
  }
  return { entries: page.reverse(), hasMore: false };
}

/** Uses an index for the narrowest condition that has one; the conditions left over are looked at one by one. */
function narrowed(collection: Collection, plan: StreamPlan, { parent, filters }: ListQuery) {
  if (parent !== undefined) return { entries: collection.matching(plan.view?.field ?? PARENT, parent), rest: filters };
  const indexed = filters.find(({ values, isWildcard }) => values.length === 1 && isWildcard !== true);
  const [value] = indexed?.values ?? [];
  if (indexed === undefined || value === undefined) return { entries: collection.entries, rest: filters };
  return { entries: collection.matching(indexed.field, value), rest: filters.filter((filter) => filter !== indexed) };
}

function passes(collection: Collection, entry: Entry, { field, values, isWildcard }: Filter): boolean {
  const shown = collection.fieldText(entry, field);
  if (isWildcard !== true) return values.includes(shown);
  return values.some((value) => shown.startsWith(value.slice(0, value.indexOf("*"))));
}
