import { createHash } from "node:crypto";
import { PostgresKitError } from "./errors.ts";

// NAMEDATALEN - 1. The server cuts what is longer in silence, so two long names could become one.
const MAX_BYTES = 63;
const HASH_LENGTH = 8;

/**
 * Yields `name` as a quoted SQL identifier, to be put into a statement.
 * Throws `identifier_invalid` for a name that no server stores as it stands: empty, over 63 bytes, with a NUL or a lone surrogate.
 */
export function quoteIdentifier(name: string): string {
  const problem = problemOf(name);
  if (problem !== undefined) {
    throw new PostgresKitError("identifier_invalid", `The name ${JSON.stringify(name)} ${problem}.`);
  }
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * Yields `name` if it fits into the 63 bytes of a Postgres identifier; otherwise its beginning, cut on a character
 * boundary, `_` and eight hexadecimal digits of its SHA-256, so that two long names stay two.
 */
export function truncateIdentifier(name: string): string {
  if (Buffer.byteLength(name) <= MAX_BYTES) return name;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, HASH_LENGTH);
  return `${firstBytes(name, MAX_BYTES - HASH_LENGTH - 1)}_${hash}`;
}

function problemOf(name: string): string | undefined {
  if (name === "") return "is empty; a Postgres identifier has at least one character";
  if (name.includes("\0")) return "holds a NUL character, which Postgres cannot store";
  if (!name.isWellFormed()) return "holds half of a surrogate pair, which is no Unicode text";
  if (Buffer.byteLength(name) > MAX_BYTES) return `is longer than ${MAX_BYTES} bytes; cut it with truncateIdentifier`;
  return undefined;
}

function firstBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  let end = Math.min(limit, bytes.length);
  // A byte 10xxxxxx continues a character: never cut before one.
  while (end > 0 && ((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end--;
  return bytes.toString("utf8", 0, end);
}
