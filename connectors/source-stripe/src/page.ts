import { isUtf8 } from "node:buffer";

const FIRST_PRINTABLE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
const ZERO = 0x30;
const NINE = 0x39;

/** What the source needs to know of an object on a page. */
export type PageItem = { id: string; created: number | undefined };
/** The objects of a page as record lines, byte for byte as Stripe sent them but for white space between tokens. */
export type Page = { lines: Buffer; items: PageItem[]; hasMore: boolean };
export type PageFraming = {
  /** Stands before each object; ends with `"data":`. */
  head: Buffer;
  /** Stands behind each object; ends the line. */
  tail: Buffer;
  /** The field whose whole seconds order the list; null where items may lack it. */
  createdField: string | null;
};

/** A body that is not one whole list of Stripe's: cut off, or something else altogether. Worth another request. */
export class MalformedPage extends Error {
  constructor(what: string, at: number) {
    super(`the answer is not a whole list (${what} at byte ${at})`);
    this.name = "MalformedPage";
  }
}

/**
 * Yields the objects of a v1 list answer as record lines, cut out by one scan of its bytes without a parse.
 * Throws MalformedPage for a body that is cut or not a list, never an empty page instead.
 */
export function splitPage(body: Buffer, framing: PageFraming): Page {
  return new PageScanner(body, framing).scan();
}

class PageScanner {
  readonly #body: Buffer;
  readonly #framing: PageFraming;
  readonly #createdKey: Buffer | undefined;
  readonly #items: PageItem[] = [];
  #out: Buffer;
  #outEnd = 0;
  #at = 0;
  /** Where the last backslash was, so that a name without one is compared as it stands. */
  #escapeAt = -1;

  constructor(body: Buffer, framing: PageFraming) {
    this.#body = body;
    this.#framing = framing;
    this.#createdKey = framing.createdField === null ? undefined : Buffer.from(framing.createdField);
    // frames of 100 objects beside what is at most the body itself
    this.#out = Buffer.allocUnsafe(body.length + 101 * (framing.head.length + framing.tail.length));
  }

  scan(): Page {
    let hasMore: boolean | undefined;
    let hasData = false;
    if (!isUtf8(this.#body)) throw this.#malformed("bytes that are not UTF-8");
    this.#expect(OPEN_BRACE);
    do {
      const key = this.#string();
      this.#expect(COLON);
      if (key === "data") {
        if (hasData) throw this.#malformed('"data" twice');
        hasData = true;
        this.#data();
      } else if (key === "has_more") {
        hasMore = this.#boolean();
      } else {
        this.#skipValue();
      }
    } while (this.#more(CLOSE_BRACE));
    this.#skipSpace();
    if (this.#at !== this.#body.length) throw this.#malformed("text behind its end");
    if (!hasData || hasMore === undefined) throw this.#malformed('no "data" or no "has_more"');
    return { lines: this.#out.subarray(0, this.#outEnd), items: this.#items, hasMore };
  }

  #data(): void {
    this.#expect(OPEN_BRACKET);
    this.#skipSpace();
    if (this.#body[this.#at] === CLOSE_BRACKET) {
      this.#at += 1;
      return;
    }
    do {
      this.#skipSpace();
      this.#object();
    } while (this.#more(CLOSE_BRACKET));
  }

  /** Copies one object to the output, white space outside its strings left out, and notes its id and time. */
  #object(): void {
    const body = this.#body;
    if (body[this.#at] !== OPEN_BRACE) throw this.#malformed("no object in its data");
    this.#append(this.#framing.head, 0, this.#framing.head.length);
    const item: PageItem = { id: "", created: undefined };
    let depth = 0;
    let isKey = false;
    let runStart = this.#at;
    for (let i = this.#at; ; i += 1) {
      const byte = body[i];
      if (byte === QUOTE) {
        const end = this.#stringEnd(i);
        if (isKey && depth === 1) this.#note(item, { keyStart: i + 1, keyEnd: end });
        isKey = false;
        i = end;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        depth += 1;
        isKey = byte === OPEN_BRACE;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        depth -= 1;
        if (depth > 0) continue;
        this.#append(body, runStart, i + 1);
        this.#at = i + 1;
        break;
      } else if (byte === COMMA) {
        // inside an array a string may follow; it is noted only at depth 1, where there is none
        isKey = true;
      } else if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
        this.#append(body, runStart, i);
        i = spaceEnd(body, i) - 1;
        runStart = i + 1;
      } else if (byte === undefined) {
        throw this.#malformed("the end inside an object");
      }
    }
    if (item.id === "") throw this.#malformed("an object without an id");
    this.#append(this.#framing.tail, 0, this.#framing.tail.length);
    this.#items.push(item);
  }

  #note(item: PageItem, { keyStart, keyEnd }: { keyStart: number; keyEnd: number }): void {
    const body = this.#body;
    const isEscaped = this.#escapeAt >= keyStart;
    const key = isEscaped ? Buffer.from(this.#text(keyStart, keyEnd)) : body.subarray(keyStart, keyEnd);
    const isId = key.length === 2 && key[0] === 0x69 && key[1] === 0x64;
    if (!isId && this.#createdKey?.equals(key) !== true) return;
    let at = spaceEnd(body, keyEnd + 1);
    if (body[at] !== COLON) return;
    at = spaceEnd(body, at + 1);
    if (!isId) item.created = wholeNumber(body, at);
    else if (body[at] === QUOTE) item.id = this.#text(at + 1, this.#stringEnd(at));
  }

  #string(): string {
    this.#skipSpace();
    if (this.#body[this.#at] !== QUOTE) throw this.#malformed("no name");
    const start = this.#at + 1;
    const end = this.#stringEnd(this.#at);
    this.#at = end + 1;
    return this.#text(start, end);
  }

  /** Yields what stands between the quotes of the string that was scanned last. */
  #text(start: number, end: number): string {
    if (this.#escapeAt < start) return this.#body.toString("utf8", start, end);
    try {
      return String(JSON.parse(this.#body.toString("utf8", start - 1, end + 1)));
    } catch {
      // the only thing that can be wrong with it
      throw this.#malformed("an escape that is none");
    }
  }

  #boolean(): boolean {
    this.#skipSpace();
    for (const [text, value] of [
      ["true", true],
      ["false", false],
    ] as const) {
      if (this.#body.toString("latin1", this.#at, this.#at + text.length) !== text) continue;
      this.#at += text.length;
      return value;
    }
    throw this.#malformed('"has_more" neither true nor false');
  }

  #skipValue(): void {
    this.#skipSpace();
    let depth = 0;
    for (; ; this.#at += 1) {
      const byte = this.#body[this.#at];
      if (byte === undefined) throw this.#malformed("the end inside a value");
      const isEnd = depth === 0 && (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET);
      if (isEnd) return;
      if (byte === QUOTE) this.#at = this.#stringEnd(this.#at);
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
    }
  }

  /** Yields the position of the quote that ends the string beginning at `start`. */
  #stringEnd(start: number): number {
    const body = this.#body;
    for (let i = start + 1; i < body.length; i += 1) {
      const byte = body[i];
      if (byte === QUOTE) return i;
      if (byte === BACKSLASH) {
        this.#escapeAt = i;
        i += 1;
      } else if (byte !== undefined && byte < FIRST_PRINTABLE) {
        // a line end among them would cut the record line in two
        throw this.#malformed("a control character inside a string");
      }
    }
    throw this.#malformed("the end inside a string");
  }

  /** Tells whether another member follows; consumes the comma or the closing bracket. */
  #more(close: number): boolean {
    this.#skipSpace();
    const byte = this.#body[this.#at];
    if (byte !== COMMA && byte !== close) throw this.#malformed("neither a comma nor an end");
    this.#at += 1;
    return byte === COMMA;
  }

  #expect(byte: number): void {
    this.#skipSpace();
    if (this.#body[this.#at] !== byte) throw this.#malformed(`no "${String.fromCharCode(byte)}"`);
    this.#at += 1;
  }

  #skipSpace(): void {
    this.#at = spaceEnd(this.#body, this.#at);
  }

  #append(source: Buffer, start: number, end: number): void {
    const needed = this.#outEnd + end - start;
    if (needed > this.#out.length) {
      const larger = Buffer.allocUnsafe(needed * 2);
      this.#out.copy(larger, 0, 0, this.#outEnd);
      this.#out = larger;
    }
    source.copy(this.#out, this.#outEnd, start, end);
    this.#outEnd = needed;
  }

  #malformed(what: string): MalformedPage {
    return new MalformedPage(what, this.#at);
  }
}

function spaceEnd(bytes: Buffer, at: number): number {
  let end = at;
  for (; ; end += 1) {
    const byte = bytes[end];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return end;
  }
}

function wholeNumber(bytes: Buffer, at: number): number | undefined {
  let end = at;
  let value = 0;
  for (; ; end += 1) {
    const byte = bytes[end];
    if (byte === undefined || byte < ZERO || byte > NINE) break;
    value = value * 10 + byte - ZERO;
  }
  return end === at ? undefined : value;
}
