import { StripeApiError } from "../api-error.ts";
import { Walk } from "../listing/walk.ts";
import { PageSize } from "../page-size.ts";
import { wholeRange } from "../range.ts";
import type { StampedPage, StripeClient } from "../stripe-client.ts";
import { cutListsOf, withWholeList } from "./cut-lists.ts";

const PAGE_SIZE = 100;
const NOTHING = Buffer.alloc(0);
const FRAMING = { head: () => NOTHING, tail: NOTHING, createdField: null };

/** A list that belongs to one object. */
export type OwnList = { parent: string; url: string };

/**
 * Resolves to an object whose own lists are whole. Stripe shows ten items and leaves the rest to further requests; an
 * object that vanished meanwhile stays as it was, for its delete is on its way.
 */
export async function withWholeLists(client: StripeClient, object: Buffer, id: string): Promise<Buffer> {
  let whole = object;
  for (const { field, url } of cutListsOf(object)) {
    const items = await wholeList(client, { parent: id, url });
    if (items !== undefined) whole = withWholeList(whole, field, separated(items.map(({ bytes }) => bytes)));
  }
  return whole;
}

/** Resolves to all items of an object's list, each once; undefined when the object is gone. */
export async function wholeList(
  client: StripeClient,
  { parent, url }: OwnList,
): Promise<{ id: string; bytes: Buffer }[] | undefined> {
  const [path = "", search] = url.split("?");
  const query = Object.fromEntries(new URLSearchParams(search));
  const endpoint = path.replace(parent, "{id}");
  const items = new Map<string, Buffer>();
  const pageSize = new PageSize(PAGE_SIZE);
  let walk: Walk | undefined = new Walk(wholeRange(null, null), { path, stream: parent, isOrdered: false });
  while (walk !== undefined) {
    const cursor: string | null = walk.range.cursor;
    const own = cursor === null ? query : { ...query, starting_after: cursor };
    const page = await pageOf(client, { path, endpoint, query: own, framing: FRAMING, pageSize });
    if (page === "parent gone") return undefined;
    for (const { id, start, end } of page?.items ?? []) items.set(id, page?.lines.subarray(start, end) ?? NOTHING);
    const { next } = walk.advance(page);
    walk = next === undefined ? undefined : walk.continued(next, page);
  }
  return [...items].map(([id, bytes]) => ({ id, bytes }));
}

async function pageOf(
  client: StripeClient,
  request: Parameters<StripeClient["list"]>[0],
): Promise<StampedPage | "parent gone" | undefined> {
  try {
    return await client.list(request);
  } catch (error) {
    if (!(error instanceof StripeApiError)) throw error;
    if (error.reaction === "cursor_gone" && "starting_after" in request.query) return undefined;
    if (error.reaction === "missing") return "parent gone";
    throw error;
  }
}

function separated(items: readonly Buffer[]): Buffer {
  const comma = Buffer.from(",");
  return Buffer.concat(items.flatMap((item, index) => (index === 0 ? [item] : [comma, item])));
}
