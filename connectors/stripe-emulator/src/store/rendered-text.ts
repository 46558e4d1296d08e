import { indentedJson } from "../stripe-object.ts";
import type { Entry } from "./entry.ts";

const OPENING = "[\n  [\n";
const CLOSING = "\n  ]\n]";
const SLAB_BYTES = 4 * 1024 * 1024;
const MAX_SLABS = 256;

/** A run of bytes that holds the texts of many objects; emptied when it is the oldest and room is needed. */
type Slab = { bytes: Buffer | undefined };

/** Where the text of an object is. */
export type TextPlace = { slab: Slab; from: number; to: number };

/**
 * Keeps the text of objects as they stand in a list, so that a page is put together from bytes. Texts lie in large
 * slabs, for a buffer each would keep the garbage collector busier than the rest of the server.
 */
export class RenderedText {
  readonly #slabs: Slab[] = [];
  #used = SLAB_BYTES;

  /** Yields the object's JSON, indented by the four spaces of a list's item. */
  of(entry: Entry): Uint8Array {
    const kept = entry.text?.slab.bytes;
    if (entry.text !== undefined && kept !== undefined) return kept.subarray(entry.text.from, entry.text.to);
    // two arrays around it indent the object as deep as the items of a list, cheaper than indenting its lines
    const text = indentedJson([[entry.make()]]).slice(OPENING.length, -CLOSING.length);
    const size = Buffer.byteLength(text);
    if (size > SLAB_BYTES) return Buffer.from(text);
    const { slab, bytes } = this.#slabWithRoom(size);
    const from = this.#used;
    bytes.write(text, from);
    this.#used += size;
    entry.text = { slab, from, to: this.#used };
    return bytes.subarray(from, this.#used);
  }

  #slabWithRoom(size: number): { slab: Slab; bytes: Buffer } {
    const last = this.#slabs.at(-1);
    if (last?.bytes !== undefined && this.#used + size <= SLAB_BYTES) return { slab: last, bytes: last.bytes };
    if (this.#slabs.length === MAX_SLABS) {
      const oldest = this.#slabs.shift();
      if (oldest !== undefined) oldest.bytes = undefined;
    }
    const bytes = Buffer.allocUnsafeSlow(SLAB_BYTES);
    const slab: Slab = { bytes };
    this.#slabs.push(slab);
    this.#used = 0;
    return { slab, bytes };
  }
}
