import { splitPage } from "../page.ts";

/** An object that an event carries: its bytes, its id, when it was created, and whether a list inside it is cut. */
export type EventObject = { bytes: Buffer; id: string; created: number | undefined; isCut: boolean };

const NOTHING = Buffer.alloc(0);
const LIST_OF_ONE = [Buffer.from('{"data":['), Buffer.from('],"has_more":false}')] as const;

/** Yields an object that an event carries; throws MalformedPage for one without an id. */
export function eventObject(bytes: Buffer, createdField: string | null): EventObject {
  const list = Buffer.concat([LIST_OF_ONE[0], bytes, LIST_OF_ONE[1]]);
  const { lines, items } = splitPage(list, { head: NOTHING, tail: NOTHING, createdField });
  const [item] = items;
  return { bytes: lines, id: item?.id ?? "", created: item?.created, isCut: item?.isCut === true };
}
