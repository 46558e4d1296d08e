import { z } from "zod";
import type { Cursor, PageOf, PageRequest } from "../store/pages.ts";

/** What each key of a cursor has to look like. */
type Key = "text" | "number" | "time";
const KEYS: Record<Key, RegExp> = {
  text: /^.{0,1000}$/su,
  number: /^\d{1,18}$/,
  time: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d)?$/,
};
const MAX_PAGE = 200;

/** Yields the query of a list whose items are sorted by these keys. */
export function pageQuery(...keys: readonly Key[]) {
  return z.object({
    cursor: z
      .string()
      .max(4000)
      .transform((text, context) => {
        if (text === "") return undefined;
        const cursor = decoded(text);
        if (cursor?.length === keys.length && keys.every((key, index) => KEYS[key].test(cursor[index] ?? "")))
          return cursor;
        context.addIssue("it must be the next_cursor of the page before, as it was answered");
        return z.NEVER;
      })
      .optional()
      .describe("next_cursor of the page before; none or an empty one for the first page."),
    limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50),
  });
}

/** Yields the shape of a page of such items. */
export function pageAnswer<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next_cursor: z.string().nullable().describe("Asks for the next page as cursor; null on the last one."),
  });
}

/** Yields which page a query asks for. */
export function pageRequest({ cursor, limit }: { cursor?: Cursor | undefined; limit: number }): PageRequest {
  return { after: cursor, limit };
}

/** Yields a page as it is answered. */
export function answeredPage<Item>({ items, next }: PageOf<Item>): { items: Item[]; next_cursor: string | null } {
  return { items, next_cursor: next === null ? null : Buffer.from(JSON.stringify(next)).toString("base64url") };
}

function decoded(text: string): string[] | undefined {
  try {
    const cursor: unknown = JSON.parse(Buffer.from(text, "base64url").toString());
    return Array.isArray(cursor) && cursor.every((key) => typeof key === "string") ? cursor : undefined;
  } catch {
    // not one of ours
    return undefined;
  }
}
