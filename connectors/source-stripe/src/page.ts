import { isUtf8 } from "node:buffer";
import { Byte, spaceEnd, wholeNumber } from "./json-bytes.ts";

const HAS_MORE = Buffer.from("has_more");
/** From the opening to the closing quote. */
const HAS_MORE_QUOTED = HAS_MORE.length + 1;

/** What the source needs to know of an object on a page. */
export type PageItem = {
  id: string;
  created: number | undefined;
  /** Where its line stands in the page's lines. */
  start: number;
  end: number;
  /** Whether a list inside it says `has_more`. */
  isCut: boolean;
};
/** The objects of a page as record lines, byte for byte as Stripe sent them but for white space between tokens. */
export type Page = {
  lines: Buffer;
  items: PageItem[];
  hasMore: boolean;
  /** Where version 2 of the API goes on: path and query. */
  nextPage: string | undefined;
  /** How many bytes of each line stand before and behind the object. */
  frame: { head: number; tail: number };
};
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
 * Yields the objects of a list answer as record lines, cut out by one scan of its bytes without a parse.
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
    let nextPage: string | undefined;
    let hasData = false;
    if (!isUtf8(this.#body)) throw this.#malformed("bytes that are not UTF-8");
    this.#expect(Byte.openBrace);
    do {
      const key = this.#string();
      this.#expect(Byte.colon);
      if (key === "data") {
        if (hasData) throw this.#malformed('"data" twice');
        hasData = true;
        this.#data();
      } else if (key === "has_more") {
        hasMore = this.#boolean();
      } else if (key === "next_page_url") {
        nextPage = this.#stringOrNull();
        hasMore = nextPage !== undefined;
      } else {
        this.#skipValue();
      }
    } while (this.#more(Byte.closeBrace));
    this.#skipSpace();
    if (this.#at !== this.#body.length) throw this.#malformed("text behind its end");
    if (!hasData || hasMore === undefined) throw this.#malformed('no "data" or no "has_more"');
    const frame = { head: this.#framing.head.length, tail: this.#framing.tail.length };
    return { lines: this.#out.subarray(0, this.#outEnd), items: this.#items, hasMore, nextPage, frame };
  }

  #data(): void {
    this.#expect(Byte.openBracket);
    this.#skipSpace();
    if (this.#body[this.#at] === Byte.closeBracket) {
      this.#at += 1;
      return;
    }
    do {
      this.#skipSpace();
      this.#object();
    } while (this.#more(Byte.closeBracket));
  }

  /** Copies one object to the output, white space outside its strings left out, and notes its id and time. */
  #object(): void {
    const body = this.#body;
    if (body[this.#at] !== Byte.openBrace) throw this.#malformed("no object in its data");
    const item: PageItem = { id: "", created: undefined, start: this.#outEnd, end: 0, isCut: false };
    this.#append(this.#framing.head, 0, this.#framing.head.length);
    let depth = 0;
    let isKey = false;
    let runStart = this.#at;
    for (let i = this.#at; ; i += 1) {
      const byte = body[i];
      if (byte === Byte.quote) {
        const end = this.#stringEnd(i);
        if (isKey && depth === 1) this.#note(item, { keyStart: i + 1, keyEnd: end });
        else if (isKey && depth === 2 && end - i === HAS_MORE_QUOTED) item.isCut ||= this.#saysMore(i + 1, end);
        isKey = false;
        i = end;
      } else if (byte === Byte.openBrace || byte === Byte.openBracket) {
        depth += 1;
        isKey = byte === Byte.openBrace;
      } else if (byte === Byte.closeBrace || byte === Byte.closeBracket) {
        depth -= 1;
        if (depth > 0) continue;
        this.#append(body, runStart, i + 1);
        this.#at = i + 1;
        break;
      } else if (byte === Byte.comma) {
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
    item.end = this.#outEnd;
    this.#items.push(item);
  }

  /** Tells whether the member of this name is a `has_more` that is true. */
  #saysMore(keyStart: number, keyEnd: number): boolean {
    const body = this.#body;
    if (body.compare(HAS_MORE, 0, HAS_MORE.length, keyStart, keyEnd) !== 0) return false;
    const at = spaceEnd(body, keyEnd + 1);
    return body[at] === Byte.colon && body[spaceEnd(body, at + 1)] === Byte.t;
  }

  #note(item: PageItem, { keyStart, keyEnd }: { keyStart: number; keyEnd: number }): void {
    const body = this.#body;
    const isEscaped = this.#escapeAt >= keyStart;
    const key = isEscaped ? Buffer.from(this.#text(keyStart, keyEnd)) : body.subarray(keyStart, keyEnd);
    const isId = key.length === 2 && key[0] === 0x69 && key[1] === 0x64;
    if (!isId && this.#createdKey?.equals(key) !== true) return;
    let at = spaceEnd(body, keyEnd + 1);
    if (body[at] !== Byte.colon) return;
    at = spaceEnd(body, at + 1);
    if (!isId) item.created = wholeNumber(body, at);
    else if (body[at] === Byte.quote) item.id = this.#text(at + 1, this.#stringEnd(at));
  }

  #string(): string {
    this.#skipSpace();
    if (this.#body[this.#at] !== Byte.quote) throw this.#malformed("no name");
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

  #stringOrNull(): string | undefined {
    this.#skipSpace();
    if (this.#body[this.#at] === Byte.quote) return this.#string();
    this.#skipValue();
    return undefined;
  }

  #skipValue(): void {
    this.#skipSpace();
    let depth = 0;
    for (; ; this.#at += 1) {
      const byte = this.#body[this.#at];
      if (byte === undefined) throw this.#malformed("the end inside a value");
      const isEnd = depth === 0 && (byte === Byte.comma || byte === Byte.closeBrace || byte === Byte.closeBracket);
      if (isEnd) return;
      if (byte === Byte.quote) this.#at = this.#stringEnd(this.#at);
      else if (byte === Byte.openBrace || byte === Byte.openBracket) depth += 1;
      else if (byte === Byte.closeBrace || byte === Byte.closeBracket) depth -= 1;
    }
  }

  /** Yields the position of the quote that ends the string beginning at `start`. */
  #stringEnd(start: number): number {
    const body = this.#body;
    for (let i = start + 1; i < body.length; i += 1) {
      const byte = body[i];
      if (byte === Byte.quote) return i;
      if (byte === Byte.backslash) {
        this.#escapeAt = i;
        i += 1;
      } else if (byte !== undefined && byte < Byte.firstPrintable) {
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
    if (byte !== Byte.comma && byte !== close) throw this.#malformed("neither a comma nor an end");
    this.#at += 1;
    return byte === Byte.comma;
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
