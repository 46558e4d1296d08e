import { MalformedPage } from "./malformed-page.ts";

/** The bytes that JSON is made of. */
export const Byte = {
  space: 0x20,
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
    if (byte === undefined || !isSpace(byte)) return end;
  }
}

/** Tells whether a byte is white space between tokens. */
export function isSpace(byte: number): boolean {
  return byte === Byte.space || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Yields the position of the quote that ends the string whose text begins at `at`. Throws MalformedPage. */
export function stringEnd(bytes: Buffer, at: number): number {
  for (let end = at; ; end += 1) {
    const byte = bytes[end];
    if (byte === Byte.quote) return end;
    if (byte === Byte.backslash && (bytes[end + 1] === Byte.quote || bytes[end + 1] === Byte.backslash)) end += 1;
    else if (byte === undefined) throw new MalformedPage("the end inside a string", end);
    // a line end among them would cut the record line in two
    else if (byte < Byte.space) throw new MalformedPage("a control character inside a string", end);
  }
}

/** Yields the text of the string that stands between two quotes, its escapes resolved. Throws MalformedPage. */
export function stringText(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString("utf8", start, end);
  if (!text.includes("\\")) return text;
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    // the only thing that can be wrong with it
    throw new MalformedPage("an escape that is none", start);
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
