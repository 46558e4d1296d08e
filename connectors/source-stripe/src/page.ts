import { isUtf8 } from "node:buffer";
import { Byte, spaceEnd, stringEnd, stringText } from "./json-bytes.ts";
import { MalformedPage } from "./malformed-page.ts";
import { ObjectCopier, type PageFraming, type PageItem } from "./object-copier.ts";

/** The objects of a page as record lines, byte for byte as Stripe sent them but for white space between tokens. */
export type Page = {
  lines: Buffer;
  /** What the lines stand in. */
  memory: Buffer;
  items: PageItem[];
  hasMore: boolean;
  /** Where version 2 of the API goes on: path and query. */
  nextPage: string | undefined;
  /** How many bytes of each line stand before and behind the object. */
  frame: { head: number; tail: number };
};

const NO_MEMORY = Buffer.alloc(0);

/**
 * Yields the objects of a list answer as record lines, cut out by one scan of its bytes without a parse. The lines stand
 * in `memory`, or in fresh memory where that is too small; the body is not looked at again.
 * Throws MalformedPage for a body that is cut or not a list, never an empty page instead.
 */
export function splitPage(body: Buffer, framing: PageFraming, memory: Buffer = NO_MEMORY): Page {
  if (!isUtf8(body)) throw new MalformedPage("bytes that are not UTF-8", 0);
  return new PageScanner(body, framing, memory).scan();
}

class PageScanner {
  readonly #body: Buffer;
  readonly #framing: PageFraming;
  readonly #copier: ObjectCopier;
  readonly #items: PageItem[] = [];
  #at = 0;

  constructor(body: Buffer, framing: PageFraming, memory: Buffer) {
    this.#body = body;
    this.#framing = framing;
    this.#copier = new ObjectCopier(body, framing, memory);
  }

  scan(): Page {
    let hasMore: boolean | undefined;
    let nextPage: string | undefined;
    let hasData = false;
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
    const { lines, memory } = this.#copier;
    return { lines, memory, items: this.#items, hasMore, nextPage, frame };
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
      if (this.#body[this.#at] !== Byte.openBrace) throw this.#malformed("no object in its data");
      const { end, item } = this.#copier.copy(this.#at);
      this.#items.push(item);
      this.#at = end;
    } while (this.#more(Byte.closeBracket));
  }

  #string(): string {
    this.#skipSpace();
    if (this.#body[this.#at] !== Byte.quote) throw this.#malformed("no name");
    const start = this.#at + 1;
    const end = stringEnd(this.#body, start);
    this.#at = end + 1;
    return stringText(this.#body, start, end);
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
      if (byte === Byte.quote) this.#at = stringEnd(this.#body, this.#at + 1);
      else if (byte === Byte.openBrace || byte === Byte.openBracket) depth += 1;
      else if (byte === Byte.closeBrace || byte === Byte.closeBracket) depth -= 1;
    }
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

  #malformed(what: string): MalformedPage {
    return new MalformedPage(what, this.#at);
  }
}
