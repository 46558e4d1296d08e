import { splitPage } from "../page.ts";

/** An object that an event carries: its bytes, its id, when it was created, and whether a list inside it is cut. */
export type CarriedObject = { bytes: Buffer; id: string; created: number | undefined; isCut: boolean };

const NOTHING = Buffer.alloc(0);
const ARRAY_AS_PAGE = [Buffer.from('{"data":'), Buffer.from(',"has_more":false}')] as const;

/** Yields an object that an event carries; throws MalformedPage for one without an id. */
export function carriedObject(bytes: Buffer, createdField: string | null): CarriedObject {
  const { lines, items } = splitArray(Buffer.concat([Buffer.from("["), bytes, Buffer.from("]")]), createdField);
  const [item] = items;
  return { bytes: lines, id: item?.id ?? "", created: item?.created, isCut: item?.isCut === true };
}

/** Yields the objects of a JSON array, as those of a page. Throws MalformedPage. */
export function splitArray(array: Buffer, createdField: string | null = null) {
  const page = Buffer.concat([ARRAY_AS_PAGE[0], array, ARRAY_AS_PAGE[1]]);
  return splitPage(page, { head: NOTHING, tail: NOTHING, createdField });
}
