import { Byte, isSpace, spaceEnd, stringEnd, stringText, wholeNumber } from "./json-bytes.ts";
import { largerMemory } from "./lent-memory.ts";
import { MalformedPage } from "./malformed-page.ts";

// constants of this module, as those of another one, or fields, cost the loop a third more
const BACKSLASH = Byte.backslash;
const CLOSE_BRACE = Byte.closeBrace;
const CLOSE_BRACKET = Byte.closeBracket;
const COLON = Byte.colon;
const OPEN_BRACE = Byte.openBrace;
const OPEN_BRACKET = Byte.openBracket;
const QUOTE = Byte.quote;
const SPACE = Byte.space;
const ID = Buffer.from("id");
const HAS_MORE = Buffer.from("has_more");

/** What stands around each object of a page. */
export type PageFraming = {
  /** Stands before each object; ends with `"data":`, or with what it is opened with. */
  head: Buffer;
  /** Whether the head ends inside the object, behind a first member, so that its brace becomes a comma. */
  opensObject?: boolean;
  /** Stands behind each object; ends the line. */
  tail: Buffer;
  /** The field whose whole seconds order the list; null where items may lack it. */
  createdField: string | null;
};
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
/** Where a name stands between its quotes, whether it is written with escapes, and where its value begins. */
type Member = { depth: number; start: number; end: number; isEscaped: boolean; valueAt: number };

/** Copies the objects of a body into framed lines: each byte is looked at once, and only an id becomes a string. */
export class ObjectCopier {
  readonly #body: Buffer;
  readonly #framing: PageFraming;
  readonly #created: Buffer | undefined;
  #out: Buffer;
  #outEnd = 0;

  /** Copies to `memory`, or to larger memory in its place. */
  constructor(body: Buffer, framing: PageFraming, memory: Buffer) {
    this.#body = body;
    this.#framing = framing;
    this.#created = framing.createdField === null ? undefined : Buffer.from(framing.createdField);
    // frames of 100 objects beside what is at most the body itself
    const bytes = body.length + 101 * (framing.head.length + framing.tail.length);
    this.#out = memory.length < bytes ? largerMemory(bytes) : memory;
  }

  /** Where the lines stand. */
  get memory(): Buffer {
    return this.#out;
  }

  /** The lines that were copied so far. */
  get lines(): Buffer {
    return this.#out.subarray(0, this.#outEnd);
  }

  /**
   * Copies the object whose brace stands at `at`, white space outside its strings left out. Yields where it ends in the
   * body, and what is known of it. Throws MalformedPage for one that has no end, or no id.
   */
  copy(at: number): { end: number; item: PageItem } {
    const { head, tail, opensObject } = this.#framing;
    this.#reserve(head.length + this.#body.length - at + tail.length);
    const item: PageItem = { id: "", created: undefined, start: this.#outEnd, end: 0, isCut: false };
    this.#outEnd += head.copy(this.#out, this.#outEnd);
    const braceAt = this.#outEnd;
    const end = this.#copyTokens(at, item);
    if (opensObject === true) this.#out[braceAt] = Byte.comma;
    if (item.id === "") throw new MalformedPage("an object without an id", end);
    this.#outEnd += tail.copy(this.#out, this.#outEnd);
    item.end = this.#outEnd;
    return { end, item };
  }

  /**
   * Copies an object and yields where it ends. A read spends its time in this loop: it goes byte by byte, since the runs
   * between white space are too short for calls, and needs no bounds but `undefined` behind the end of the body.
   */
  #copyTokens(start: number, item: PageItem): number {
    const body = this.#body;
    const out = this.#out;
    let outEnd = this.#outEnd;
    let depth = 0;
    let nameStart = 0;
    let nameEnd = 0;
    let escapeAt = -1;
    for (let at = start; ;) {
      let byte = body[at++];
      if (byte === undefined) throw new MalformedPage("the end inside an object", at);
      if (byte <= SPACE) {
        if (!isSpace(byte)) throw new MalformedPage("a control character", at);
        while (body[at] === SPACE) at += 1;
        continue;
      }
      out[outEnd++] = byte;
      if (byte === QUOTE) {
        nameStart = at;
        do {
          byte = body[at++];
          if (byte === undefined) throw new MalformedPage("the end inside a string", at);
          out[outEnd++] = byte;
          if (byte > BACKSLASH) continue;
          // a line end among them would cut the record line in two
          if (byte < SPACE) throw new MalformedPage("a control character inside a string", at);
          if (byte !== BACKSLASH) continue;
          escapeAt = at;
          const escaped = body[at];
          if (escaped !== QUOTE && escaped !== BACKSLASH) continue;
          out[outEnd++] = escaped;
          at += 1;
        } while (byte !== QUOTE);
        nameEnd = at - 1;
      } else if (byte === COLON) {
        const isEscaped = escapeAt >= nameStart;
        if (depth <= 2) this.#note(item, { depth, start: nameStart, end: nameEnd, isEscaped, valueAt: at });
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        depth += 1;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        depth -= 1;
        if (depth > 0) continue;
        this.#outEnd = outEnd;
        return at;
      }
    }
  }

  /** Takes from a member what is to be known of the object. */
  #note(item: PageItem, name: Member): void {
    const body = this.#body;
    const { depth, valueAt } = name;
    if (depth === 2) {
      if (isNamed(body, name, HAS_MORE)) item.isCut ||= body[spaceEnd(body, valueAt)] === Byte.t;
    } else if (isNamed(body, name, ID)) {
      const at = spaceEnd(body, valueAt);
      if (body[at] === QUOTE) item.id = stringText(body, at + 1, stringEnd(body, at + 1));
    } else if (this.#created !== undefined && isNamed(body, name, this.#created)) {
      item.created = wholeNumber(body, spaceEnd(body, valueAt));
    }
  }

  #reserve(bytes: number): void {
    const needed = this.#outEnd + bytes;
    if (needed <= this.#out.length) return;
    const larger = largerMemory(needed * 2);
    this.#out.copy(larger, 0, 0, this.#outEnd);
    this.#out = larger;
  }
}

function isNamed(body: Buffer, { start, end, isEscaped }: Member, name: Buffer) {
  if (isEscaped) return stringText(body, start, end) === name.toString();
  if (end - start !== name.length) return false;
  for (let at = 0; at < name.length; at += 1) if (body[start + at] !== name[at]) return false;
  return true;
}
