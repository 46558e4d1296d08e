const HEADER_BYTES = 20;
const [DIMENSIONS, LOWER_BOUND] = [1, 1];
const NULL_LENGTH = -1;

/** The element types of arrays that are sent, by their object ids in pg_type. */
const oids = { boolean: 16, bigint: 20, text: 25 };
export type ElementType = keyof typeof oids;

/**
 * The array formats of the wire protocol, in which values go to the server without a text that is escaped and parsed.
 * Format: array_send, int8send and boolsend in PostgreSQL's src/backend/utils/adt.
 */
export const arrayHeaderBytes = HEADER_BYTES;

/** Writes the header of an array of one dimension at the beginning of a buffer. */
export function writeArrayHeader(
  buffer: Buffer,
  { type, length, hasNull = false }: { type: ElementType; length: number; hasNull?: boolean },
): void {
  buffer.writeInt32BE(DIMENSIONS, 0);
  buffer.writeInt32BE(hasNull ? 1 : 0, 4);
  buffer.writeInt32BE(oids[type], 8);
  buffer.writeInt32BE(length, 12);
  buffer.writeInt32BE(LOWER_BOUND, 16);
}

/** Yields an array without elements, which has no dimension. */
export function emptyArray(type: ElementType): Buffer {
  const empty = Buffer.alloc(12);
  empty.writeInt32BE(oids[type], 8);
  return empty;
}

/** Yields a bigint[] of whole numbers from 0 to 2^53-1; undefined becomes NULL. */
export function bigintArray(values: readonly (number | undefined)[]): Buffer {
  if (values.length === 0) return emptyArray("bigint");
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + values.length * 12);
  let at = HEADER_BYTES;
  for (const value of values) {
    at = buffer.writeInt32BE(value === undefined ? NULL_LENGTH : 8, at);
    if (value === undefined) continue;
    at = buffer.writeUInt32BE(Math.floor(value / 2 ** 32), at);
    at = buffer.writeUInt32BE(value % 2 ** 32, at);
  }
  writeArrayHeader(buffer, { type: "bigint", length: values.length, hasNull: values.includes(undefined) });
  return buffer.subarray(0, at);
}

/** Yields a boolean[]. */
export function booleanArray(values: readonly boolean[]): Buffer {
  if (values.length === 0) return emptyArray("boolean");
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + values.length * 5);
  let at = HEADER_BYTES;
  for (const value of values) {
    at = buffer.writeInt32BE(1, at);
    at = buffer.writeUInt8(value ? 1 : 0, at);
  }
  writeArrayHeader(buffer, { type: "boolean", length: values.length });
  return buffer;
}
