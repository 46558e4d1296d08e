/** Finds a word in bytes that come in chunks, in any case, whole, and not where it only says when something is to be done. */
export class WordFinder {
  readonly #pattern: RegExp;
  readonly #keep: number;
  #tail = "";

  constructor(word: string) {
    const literal = word.replaceAll(/[^A-Za-z0-9_ ]/g, (letter) => `\\${letter}`);
    // CREATE TABLE … ON COMMIT DROP commits nothing
    this.#pattern = new RegExp(String.raw`(?<![A-Za-z0-9_]|\bon\s+)${literal}(?![A-Za-z0-9_])`, "gi");
    this.#keep = word.length + 8;
  }

  /** Tells whether the word ends in this chunk. */
  isIn(chunk: Buffer): boolean {
    const text = this.#tail + chunk.toString("latin1");
    const before = this.#tail.length;
    const found = text.matchAll(this.#pattern).some((match) => match.index + match[0].length > before);
    this.#tail = text.slice(-this.#keep);
    return found;
  }
}
