/** The bytes that JSON is made of. */
export const Byte = {
  firstPrintable: 0x20,
  quote: 0x22,
  comma: 0x2c,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  t: 0x74,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;

/** Yields the position of the first byte from `at` on that is no white space. */
export function spaceEnd(bytes: Buffer, at: number): number {
  let end = at;
  for (; ; end += 1) {
    const byte = bytes[end];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return end;
  }
}

/** Yields the whole number whose digits begin at `at`, or undefined. */
export function wholeNumber(bytes: Buffer, at: number): number | undefined {
  let end = at;
  let value = 0;
  for (; ; end += 1) {
    const byte = bytes[end];
    if (byte === undefined || byte < Byte.zero || byte > Byte.nine) break;
    value = value * 10 + byte - Byte.zero;
  }
  return end === at ? undefined : value;
}
