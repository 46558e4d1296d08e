const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;

/**
 * Yields the bytes of each named top-level member's value, as they stand, or undefined where the object lacks it;
 * of a repeated name the last one counts, as for JSON.parse. Undefined altogether when `object` is not one whole
 * JSON object as far as its brackets and strings tell. Reads no more than it must; it does not validate tokens.
 */
export function scanMembers(object: Buffer, names: readonly string[]): (Buffer | undefined)[] | undefined {
  return memberScanner(names)(object);
}

/** Yields what `scanMembers` does for the same names in one object after the other, which is faster. */
export function memberScanner(names: readonly string[]): (object: Buffer) => (Buffer | undefined)[] | undefined {
  const spellings = names.map(spellingOf);
  return (object) => {
    const found: (Buffer | undefined)[] = Array.from<undefined>({ length: names.length });
    const isWhole = visitMembers(object, (nameStart, nameEnd, start, end) => {
      for (let index = 0; index < spellings.length; index += 1) {
        const spelling = spellings[index];
        if (spelling?.length !== nameEnd - nameStart) continue;
        if (isAt(object, spelling, nameStart)) found[index] = object.subarray(start, end);
      }
      if (!hasBackslash(object, nameStart, nameEnd)) return;
      const escaped = names.indexOf(decodeString(object.subarray(nameStart, nameEnd)));
      if (escaped !== -1) found[escaped] = object.subarray(start, end);
    });
    return isWhole ? found : undefined;
  };
}

/**
 * Yields the object with only its named top-level members, each token as it stands; undefined when it is not one whole
 * JSON object.
 */
export function pickMembers(object: Buffer, names: ReadonlySet<string>): Buffer | undefined {
  const parts: Buffer[] = [];
  const isWhole = visitMembers(object, (nameStart, nameEnd, start, end) => {
    const name = decodeString(object.subarray(nameStart, nameEnd));
    if (!names.has(name)) return;
    parts.push(Buffer.from(`${parts.length === 0 ? "{" : ","}${JSON.stringify(name)}:`), object.subarray(start, end));
  });
  if (!isWhole) return undefined;
  return parts.length === 0 ? Buffer.from("{}") : Buffer.concat([...parts, Buffer.from("}")]);
}

type Visit = (nameStart: number, nameEnd: number, start: number, end: number) => void;

/** Tells where each top-level member's name, in its quotes, and value stand; yields whether `object` is one whole object. */
function visitMembers(object: Buffer, visit: Visit): boolean {
  let at = skipSpace(object, 0);
  if (object[at] !== OPEN_BRACE) return false;
  at = skipSpace(object, at + 1);
  if (object[at] === CLOSE_BRACE) return isEnd(object, at + 1);
  for (;;) {
    const nameStart = at;
    const nameEnd = stringEnd(object, at);
    if (nameEnd === -1) return false;
    at = skipSpace(object, nameEnd);
    if (object[at] !== COLON) return false;
    at = skipSpace(object, at + 1);
    const end = valueEnd(object, at);
    if (end === -1) return false;
    visit(nameStart, nameEnd, at, end);
    at = skipSpace(object, end);
    if (object[at] === CLOSE_BRACE) return isEnd(object, at + 1);
    if (object[at] !== COMMA) return false;
    at = skipSpace(object, at + 1);
  }
}

/** Yields a name as it stands in JSON when nothing in it is escaped; undefined where it cannot stand like that. */
function spellingOf(name: string): Buffer | undefined {
  return name.includes("\\") || !name.isWellFormed() ? undefined : Buffer.from(`"${name}"`);
}

function isAt(bytes: Buffer, spelling: Buffer, start: number): boolean {
  for (let i = 0; i < spelling.length; i += 1) if (bytes[start + i] !== spelling[i]) return false;
  return true;
}

function hasBackslash(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i += 1) if (bytes[i] === BACKSLASH) return true;
  return false;
}

/** Yields the bytes of each element of a JSON array, as they stand; undefined when it is not one whole array. */
export function scanElements(array: Buffer): Buffer[] | undefined {
  const elements: Buffer[] = [];
  let at = skipSpace(array, 0);
  if (array[at] !== OPEN_BRACKET) return undefined;
  at = skipSpace(array, at + 1);
  if (array[at] === CLOSE_BRACKET) return isEnd(array, at + 1) ? elements : undefined;
  for (;;) {
    const end = valueEnd(array, at);
    if (end === -1) return undefined;
    elements.push(array.subarray(at, end));
    at = skipSpace(array, end);
    if (array[at] === CLOSE_BRACKET) return isEnd(array, at + 1) ? elements : undefined;
    if (array[at] !== COMMA) return undefined;
    at = skipSpace(array, at + 1);
  }
}

function isEnd(bytes: Buffer, at: number): boolean {
  return skipSpace(bytes, at) === bytes.length;
}

function skipSpace(bytes: Buffer, at: number): number {
  let end = at;
  for (; end < bytes.length; end += 1) {
    const byte = bytes[end] as number;
    if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) break;
  }
  return end;
}

/** Yields the position behind the string that starts at `at`, or -1. */
function stringEnd(bytes: Buffer, at: number): number {
  if (bytes[at] !== QUOTE) return -1;
  for (let i = at + 1; i < bytes.length; i += 1) {
    const byte = bytes[i];
    if (byte === QUOTE) return i + 1;
    if (byte === BACKSLASH) i += 1;
  }
  return -1;
}

/** Yields the position behind the value that starts at `at`, or -1. */
function valueEnd(bytes: Buffer, at: number): number {
  const first = bytes[at];
  if (first === QUOTE) return stringEnd(bytes, at);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return scalarEnd(bytes, at);
  let depth = 0;
  for (let i = at; i < bytes.length; i += 1) {
    const byte = bytes[i] as number;
    if (byte === QUOTE) {
      i += 1;
      while (i < bytes.length && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1;
      if (i >= bytes.length) return -1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return i + 1;
    }
  }
  return -1;
}

function scalarEnd(bytes: Buffer, at: number): number {
  let end = at;
  for (; end < bytes.length; end += 1) {
    const byte = bytes[end] as number;
    if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte <= 0x20) break;
  }
  return end === at ? -1 : end;
}

/** Yields the text of a JSON string token, escapes decoded; the empty string when the token is malformed. */
function decodeString(token: Buffer): string {
  if (!token.includes(BACKSLASH)) return token.toString("utf8", 1, token.length - 1);
  try {
    return String(JSON.parse(token.toString()));
  } catch {
    // a malformed key matches no name; whoever parses the record reports it
    return "";
  }
}
