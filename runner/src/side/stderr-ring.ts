import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { MaskStream } from "@sluice/protocol/stdio";

const MAX_TAIL_CHARACTERS = 32 * 1024;

/** Drains a child's stderr, so that it never blocks, and keeps the last of it with its secrets masked. */
export class StderrRing {
  readonly #mask: MaskStream;
  readonly #decoder = new StringDecoder("utf8");
  #tail = "";

  constructor(stream: Readable, mask: MaskStream, onText: (text: string) => void = () => {}) {
    this.#mask = mask;
    const take = (text: string) => {
      this.#tail = (this.#tail + text).slice(-MAX_TAIL_CHARACTERS);
      if (text !== "") onText(text);
    };
    stream.on("data", (chunk: Buffer) => take(this.#mask.push(this.#decoder.write(chunk))));
    stream.on("end", () => take(this.#mask.push(this.#decoder.end()) + this.#mask.end()));
    // a broken pipe has nothing more to say
    stream.on("error", () => {});
  }

  /** Yields the last whole lines. */
  tail(): string {
    const isCut = this.#tail.length === MAX_TAIL_CHARACTERS;
    return (isCut ? this.#tail.slice(this.#tail.indexOf("\n") + 1) : this.#tail).trim();
  }
}
