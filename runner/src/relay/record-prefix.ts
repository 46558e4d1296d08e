const HEAD = Buffer.from('{"type":"record","record":{"stream":"');
const UPSERT = Buffer.from('"op":"upsert",');
const DELETE = Buffer.from('"op":"delete",');
const VERSION = Buffer.from('"version":');
const EMITTED_AT = Buffer.from('"emitted_at":"');
const DATA = Buffer.from('"data":{');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const CLOSE_BRACE = 0x7d;
const ZERO = 0x30;
const NINE = 0x39;
const MAX_VERSION_DIGITS = 16;

/**
 * Yields where the stream's name ends in a line that has the canonical form of a record, or -1 for any other line, which
 * is to be parsed. `start` and `end` bound the line, its LF left out. Only the head and the last three bytes are looked
 * at. This runs for every record, so it compares bytes where they stand: no slice, no string, no call into the runtime.
 */
export function recordNameEnd(bytes: Buffer, start: number, end: number): number {
  if (bytes[end - 1] !== CLOSE_BRACE || bytes[end - 2] !== CLOSE_BRACE || bytes[end - 3] !== CLOSE_BRACE) return -1;
  if (!hasAt(bytes, start, HEAD)) return -1;
  const nameEnd = quoteEnd(bytes, start + HEAD.length, end);
  if (nameEnd <= start + HEAD.length || bytes[nameEnd + 1] !== COMMA) return -1;
  let at = nameEnd + 2;
  if (hasAt(bytes, at, UPSERT)) at += UPSERT.length;
  else if (hasAt(bytes, at, DELETE)) at += DELETE.length;
  if (hasAt(bytes, at, VERSION)) {
    at = digitsEnd(bytes, at + VERSION.length);
    if (at === -1 || bytes[at] !== COMMA) return -1;
    at += 1;
  }
  if (hasAt(bytes, at, EMITTED_AT)) {
    at = quoteEnd(bytes, at + EMITTED_AT.length, end);
    if (at === -1 || bytes[at + 1] !== COMMA) return -1;
    at += 2;
  }
  // the object's own brace must close in the tail
  return hasAt(bytes, at, DATA) && at + DATA.length <= end - 3 ? nameEnd : -1;
}

/** Where the stream's name begins in a canonical record line that starts at 0. */
export const NAME_OFFSET: number = HEAD.length;

function hasAt(bytes: Buffer, at: number, part: Buffer): boolean {
  for (let i = 0; i < part.length; i += 1) if (bytes[at + i] !== part[i]) return false;
  return true;
}

/** Yields the position of the quote that ends a string without escapes, or -1. */
function quoteEnd(bytes: Buffer, from: number, end: number): number {
  for (let i = from; i < end; i += 1) {
    const byte = bytes[i];
    if (byte === QUOTE) return i;
    if (byte === BACKSLASH) return -1;
  }
  return -1;
}

/** Yields the position behind a whole number below 9 × 10^15, or -1. */
function digitsEnd(bytes: Buffer, from: number): number {
  let at = from;
  for (; ; at += 1) {
    const byte = bytes[at];
    if (byte === undefined || byte < ZERO || byte > NINE) break;
  }
  const digits = at - from;
  const hasLeadingZero = digits > 1 && bytes[from] === ZERO;
  // of those with 16 digits the full parse tells which are exact
  const mayBeInexact = digits > MAX_VERSION_DIGITS || (digits === MAX_VERSION_DIGITS && bytes[from] === NINE);
  return digits === 0 || hasLeadingZero || mayBeInexact ? -1 : at;
}
