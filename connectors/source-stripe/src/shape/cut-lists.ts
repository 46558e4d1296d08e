import { scanMembers } from "@sluice/protocol/stdio";
import { z } from "zod";

const CutList = z.looseObject({
  data: z.array(z.unknown()),
  has_more: z.literal(true),
  url: z.string().startsWith("/"),
});

/** A list inside an object that shows only its beginning, and where the whole of it is. */
export type CutList = { field: string; url: string };

/** Yields the lists of an object's own that say `has_more`. */
export function cutListsOf(object: Buffer): CutList[] {
  const fields: unknown = JSON.parse(object.toString());
  return Object.entries(z.record(z.string(), z.unknown()).parse(fields)).flatMap(([field, value]) => {
    const list = CutList.safeParse(value);
    return list.success ? [{ field, url: list.data.url }] : [];
  });
}

/** Yields an object with the items of one of its lists replaced, and that list marked as whole; every other token stays. */
export function withWholeList(object: Buffer, field: string, items: Buffer): Buffer {
  const list = scanMembers(object, [field])?.[0];
  const [data, hasMore] = list === undefined ? [] : (scanMembers(list, ["data", "has_more"]) ?? []);
  if (data === undefined || hasMore === undefined) return object;
  const edits = [
    { old: data, text: Buffer.concat([Buffer.from("["), items, Buffer.from("]")]) },
    { old: hasMore, text: Buffer.from("false") },
  ].map(({ old, text }) => ({
    start: old.byteOffset - object.byteOffset,
    end: old.byteOffset - object.byteOffset + old.length,
    text,
  }));
  const [first, second] = edits.sort((one, other) => one.start - other.start);
  if (first === undefined || second === undefined) return object;
  return Buffer.concat([
    object.subarray(0, first.start),
    first.text,
    object.subarray(first.end, second.start),
    second.text,
    object.subarray(second.end),
  ]);
}
