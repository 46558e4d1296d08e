import { StripeApiError } from "../api-error.ts";
import { Walk } from "../listing/walk.ts";
import { PageSize } from "../page-size.ts";
import { wholeRange, type Range } from "../range.ts";
import type { StampedPage, StripeClient } from "../stripe-client.ts";
import { readEvent, type StripeEvent } from "./event.ts";

const PATH = "/v1/events";
const PAGE_SIZE = 100;
/** What a request may name. */
const MAX_TYPES = 20;
/** Beyond that, reading all events costs less than asking for each part. */
const MAX_REQUESTS = 3;
/** More events than these are not held at once, unless they are of one second. */
const MAX_EVENTS = 2000;

const NOTHING = Buffer.alloc(0);
const FRAMING = { head: () => NOTHING, tail: NOTHING, createdField: "created" };

export type EventWindow = { from: number; to: number; types: ReadonlySet<string> };
/** The events of a window, oldest first; or how short a window must be to hold few enough. */
export type WindowResult = { events: StripeEvent[] } | { seconds: number };

/** Resolves to the events of certain types from one second up to, not including, another. */
export async function readWindow(client: StripeClient, { from, to, types }: EventWindow): Promise<WindowResult> {
  const events: StripeEvent[] = [];
  const pageSize = new PageSize(PAGE_SIZE);
  for (const names of requestsFor(types)) {
    let walk: Walk | undefined = new Walk(wholeRange(from, to), { path: PATH, stream: "events", isOrdered: true });
    while (walk !== undefined) {
      const page = await pageOf(client, { range: walk.range, names, pageSize });
      for (const { start, end } of page === undefined ? [] : walk.fresh(page.items)) {
        const event = readEvent(page?.lines.subarray(start, end) ?? NOTHING);
        if (types.has(event.type)) events.push(event);
      }
      const { next } = walk.advance(page);
      const oldest = events.at(-1)?.created;
      const isTooMuch = next !== undefined && events.length >= MAX_EVENTS && to - from > 1;
      if (isTooMuch && oldest !== undefined) return { seconds: shorter({ from, to }, to - oldest) };
      walk = next === undefined ? undefined : walk.continued(next, page);
    }
  }
  // the API gives no order within a second, and none between the parts
  return { events: events.reverse().sort((one, other) => one.created - other.created) };
}

/** Half of what held too many seconds' events, and at most half of the window. */
function shorter({ from, to }: { from: number; to: number }, seconds: number): number {
  return Math.max(1, Math.min(Math.floor(seconds / 2), Math.floor((to - from) / 2)));
}

/** Yields what each request names: some types, or nothing for all events. */
function requestsFor(types: ReadonlySet<string>): string[][] {
  const names = [...types].sort();
  if (names.length > MAX_TYPES * MAX_REQUESTS) return [[]];
  return Array.from({ length: Math.ceil(names.length / MAX_TYPES) }, (_, part) =>
    names.slice(part * MAX_TYPES, (part + 1) * MAX_TYPES),
  );
}

async function pageOf(
  client: StripeClient,
  { range, names, pageSize }: { range: Range; names: string[]; pageSize: PageSize },
): Promise<StampedPage | undefined> {
  const query = {
    ...(range.gte === null ? {} : { "created[gte]": range.gte }),
    ...(range.lt === null ? {} : { "created[lt]": range.lt }),
    ...(range.cursor === null ? {} : { starting_after: range.cursor }),
    ...Object.fromEntries(names.map((name, index) => [`types[${index}]`, name])),
  };
  try {
    return await client.list({ path: PATH, query, framing: FRAMING, pageSize });
  } catch (error) {
    const isCursorGone = error instanceof StripeApiError && error.reaction === "cursor_gone";
    if (isCursorGone && range.cursor !== null) return undefined;
    throw error;
  }
}
